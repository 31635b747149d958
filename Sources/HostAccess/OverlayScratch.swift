import Glibc
import HostState

/// The same question about a copy of the tool's configuration, for hosts that forbid mount namespaces.
///
/// sshd, visudo and apachectl can be told where theirs lies. Paths in the copy that name the original's directory are
/// rewritten, so that an Include leads into the copy. Accounts that are only planned are not seen there.
enum ScratchCopy {
  static let note = "asked about a scratch copy: this host allows no mount namespace, so planned accounts are not seen"

  static func run(_ command: Command, over overlay: Overlay) -> OverlayRunner.Overlaid {
    if overlay.entries.isEmpty {
      let outcome = ProcessRunner(launcher: .spawn).run(command)
      return .init(outcome: outcome, note: overlay.accounts.isEmpty ? nil : note)
    }
    guard let roots = roots[command.executable.text] else {
      let words = Capabilities.missingWords().map { "\($0), so " } ?? ""
      return failed(
        "\(words)there is no mount namespace, and \(command.executable.name) cannot be asked about a copy")
    }
    var template = Array("/tmp/harden-scratch-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return failed("/tmp: \(String(cString: strerror(errno)))") }
    let tree = ScratchTree(
      of: roots, at: Path(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)))
    defer { tree.remove() }
    if let reason = tree.copy() { return failed(reason) }
    for (path, entry) in overlay.entries.sorted(by: { $0.key < $1.key }) {
      if let reason = tree.lay(entry, over: path) { return failed(reason) }
    }
    let outcome = ProcessRunner(launcher: .spawn).run(told(command, of: tree))
    guard case .finished(let result) = outcome else { return .init(outcome: outcome, note: note) }
    // What the tool says of the copy is meant of the original.
    let original = CommandResult(
      status: result.status, output: tree.original(result.output), errors: tree.original(result.errors))
    return .init(outcome: .finished(original), note: note)
  }

  private static func failed(_ reason: String) -> OverlayRunner.Overlaid {
    .init(outcome: .notStarted(reason: reason), note: nil)
  }

  /// Configurations of the tools that can be told where theirs lies.
  private static let roots: [String: [Path]] = [
    "/usr/sbin/sshd": ["/etc/ssh"], "/usr/sbin/visudo": ["/etc/sudoers", "/etc/sudoers.d"],
    "/usr/sbin/apachectl": ["/etc/apache2"], "/usr/sbin/apache2ctl": ["/etc/apache2"],
  ]

  private static func told(_ command: Command, of tree: ScratchTree) -> Command {
    var arguments = command.arguments.map(tree.rewritten)
    var environment = command.environment
    let namesFile = command.arguments.contains { $0 == "-f" || $0 == "-cf" }
    switch command.executable.name {
    case "sshd" where !namesFile: arguments += ["-f", tree.rewritten("/etc/ssh/sshd_config")]
    case "visudo" where !namesFile: arguments += ["-f", tree.rewritten("/etc/sudoers")]
    case "apachectl", "apache2ctl": environment["APACHE_CONFDIR"] = tree.rewritten("/etc/apache2")
    default: break
    }
    return Command(
      command.executable, arguments, environment: environment, input: command.input, timeLimit: command.timeLimit,
      accepted: command.accepted, user: command.user)
  }
}
