import Foundation
import HostState

/// Values as JSON: keys sorted, slashes plain, a newline at the end.
enum JSONText {
  static func of(_ value: some Encodable) throws(Diagnostic) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    } catch {
      throw .bug("A value could not be written as JSON: \(error)")
    }
  }
}
