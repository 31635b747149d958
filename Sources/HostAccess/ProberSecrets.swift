import Foundation
import HostState

/// A JSON file of secrets: its keys, and the values of those alone that were asked for openly.
enum SecretsReading {
  static func answer(_ path: Path, open: [String]) -> Answer<Fact> {
    let reading = SmallFile.bytes(path.text, followingLinks: false)
    guard case .read(let bytes) = reading else { return reading.fact { _ in nil } }
    // The parser's own words may quote the file, so they are not passed on.
    guard case .object(let values)? = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else {
      return .unreadable(reason: "it is not a JSON object")
    }
    let keys = values.reduce(into: [String: SecretsState.Value]()) { keys, entry in
      if open.contains(entry.key) {
        keys[entry.key] = .open(json: entry.value.canonicalText)
      } else if case .string(let secret) = entry.value {
        keys[entry.key] = .hidden(characters: secret.count)
      } else {
        keys[entry.key] = .hidden(characters: 0)
      }
    }
    return .there(value: .secrets(SecretsState(keys: keys)))
  }
}

/// Any JSON value.
package enum JSONValue: Hashable, Sendable, Decodable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Keys sorted bytewise, no blanks, nothing escaped but quotes, backslashes and control characters (RFC 8259 §7).
  package var canonicalText: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): "\(value)"
    case .string(let value): JSONString.quoted(value)
    case .array(let values): "[" + values.map(\.canonicalText).joined(separator: ",") + "]"
    case .object(let values):
      "{"
        + values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { JSONString.quoted($0.key) + ":" + $0.value.canonicalText }.joined(separator: ",") + "}"
    }
  }
}
