import Foundation
import Glibc
import HostState

/// Files of harden's own state: JSON with a `format`, by which what a newer harden wrote is told from what is damaged.
package enum StateFile {
  private struct Head: Decodable { let format: Int }

  /// - Parameters:
  ///   - newest: the newest format that is understood.
  ///   - newer: what is wrong with a format beyond that.
  package static func decoded<Value: Decodable>(
    _ text: some DataProtocol, newest: Int, newer: (Int) -> Diagnostic, damaged: Diagnostic
  ) throws(Diagnostic) -> Value {
    let data = Data(text)
    guard let head = try? JSONDecoder().decode(Head.self, from: data) else { throw damaged }
    guard head.format <= newest else { throw newer(head.format) }
    guard let value = try? JSONDecoder().decode(Value.self, from: data) else { throw damaged }
    return value
  }

  /// Has it on disk when it returns, for root's eyes alone.
  static func write(_ value: some Encodable, to path: Path) throws(Diagnostic) {
    let bytes = Array(try JSONText.of(value).utf8)
    try SafeFiles.write(path, bytes, mode: 0o600, user: geteuid(), group: getegid())
  }
}
