import Glibc
import HostState

/// The key of a rehearsed login, and the settings by which an sshd takes it.
extension LoginRehearsal {
  /// Emptied at boot; root alone may list it, and sshd reads the public key in it as the account does.
  private static let folder = "/run/harden-rehearsal"
  static let key = folder + "/key"
  static let settings = folder + "/sshd_config"
  private static let precedence = folder + "/first"
  static let ending = folder + "/ended"

  /// - Returns: why there is no key.
  static func makeKey(_ type: String) -> String? {
    sweep()
    guard mkdir(folder, 0o711) == 0, chmod(folder, 0o711) == 0 else {
      return "\(folder): \(String(cString: strerror(errno)))"
    }
    let make = Command(
      "/usr/bin/ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "harden rehearsal", "-f", key])
    guard case .finished(let result) = ProcessRunner().run(make), result.status == 0 else {
      return "ssh-keygen makes no key of type \(type)"
    }
    chmod(key + ".pub", 0o644)
    return nil
  }

  /// Writes a configuration that takes the key from everybody, and is the host's in all else.
  ///
  /// A `Match` of the host's may name key files of its own. That weighs more than what the command line says, but less
  /// than a `Match` that is read earlier, of which the file's end is the end: sshd_config(5).
  ///
  /// - Returns: why there is none.
  static func makeSettings(over main: Path) -> String? {
    for (file, lines) in files(over: main) { if let reason = write(lines, to: file) { return reason } }
    return nil
  }

  static func files(over main: Path) -> [(path: String, lines: [String])] {
    [
      (precedence, ["Match all", "AuthorizedKeysFile .ssh/authorized_keys \(key).pub"]),
      (settings, ["Include \(precedence)", "Include \"\(main)\""]),
    ]
  }

  /// - Returns: why it could not be written.
  static func write(_ lines: [String], to file: String) -> String? {
    let text = lines.map { $0 + "\n" }.joined()
    let isWritten = (try? SafeFiles.write(Path(file), Array(text.utf8), mode: 0o600, user: 0, group: 0)) != nil
    return isWritten ? nil : "\(file) cannot be written"
  }

  /// Takes away what a rehearsal that was killed left.
  static func sweep() {
    for file in [key, key + ".pub", settings, precedence, ending] { unlink(file) }
    rmdir(folder)
  }
}
