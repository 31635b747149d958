import Foundation
import HostState

/// Values as JSON: keys sorted, slashes plain, a newline at the end.
package enum JSONText {
  package static func of(_ value: some Encodable) throws(Diagnostic) -> String {
    try encoded(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// The same on one line.
  package static func compact(_ value: some Encodable) throws(Diagnostic) -> String {
    try encoded(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func encoded(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws(Diagnostic) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    } catch {
      throw .bug("A value could not be written as JSON: \(error)")
    }
  }
}
