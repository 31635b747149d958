import Foundation
import HostState

/// The fields of a fact by their names, to tell two apart that read alike in a few words.
struct FactFields {
  private var values: [String: String] = [:]

  init(_ fact: Fact) {
    guard let data = try? JSONEncoder().encode(fact), let value = try? JSONSerialization.jsonObject(with: data) else {
      return
    }
    flatten(value, [])
  }

  private mutating func flatten(_ value: Any, _ trail: [String]) {
    switch value {
    case let fields as [String: Any] where fields.isEmpty:
      // A case without a value: its name is what the field says.
      values[Self.name(trail.dropLast())] = trail.last
    case let fields as [String: Any]:
      // What Swift calls the one value of an enumeration's case is no name that tells anything.
      for (name, field) in fields { flatten(field, name.hasPrefix("_") ? trail : trail + [name]) }
    case let list as [Any]:
      for (index, item) in list.enumerated() { flatten(item, trail + [String(index + 1)]) }
    default:
      values[Self.name(trail[...])] = "\(value)"
    }
  }

  /// Less its first part: which kind of fact it is has been said.
  private static func name(_ trail: ArraySlice<String>) -> String { trail.dropFirst().joined(separator: " ") }

  /// At most three: `kind: file → link; target: nothing → /etc/motto`. Nil where none differs.
  func difference(to other: FactFields) -> String? {
    let names = Set(values.keys).union(other.values.keys).filter { values[$0] != other.values[$0] }.sorted()
    guard !names.isEmpty else { return nil }
    let told = names.prefix(3).map { "\($0): \(values[$0] ?? "nothing") → \(other.values[$0] ?? "nothing")" }
    return (told + (names.count > 3 ? ["and \(names.count - 3) more"] : [])).joined(separator: "; ")
  }
}
