import HostAccess
import HostState

/// The line that confirms a window from another machine, to copy.
enum ConfirmCommand {
  /// sudo looks for commands here alone, unless it was told otherwise (sudoers(5), secure_path).
  private static let securePath: Set<Path> = [
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
  ]

  /// This binary, where sudo finds it by its name alone.
  static var program: Path? { Executor.ownProgram.flatMap { securePath.contains($0.parent) ? $0 : nil } }

  /// - Parameters:
  ///   - visitor: who runs this; the address they reached is one that works.
  ///   - listeners: as they are now.
  static func text(
    administrator: String, visitor: Operator?, listeners: [Listener], _ executor: Executor
  ) -> String {
    let own = Executor.ownProgram
    let sudo = executor.sudoTerms(administrator)
    let path = securePath.intersection(sudo.path ?? securePath)
    let program = own.map { path.contains($0.parent) ? $0.name : executor.windowProgram.text } ?? "harden"
    return text(
      administrator: administrator,
      address: address(visitor, own: Executor.ownAddresses),
      port: port(visitor, listeners), needsTerminal: sudo.asks, program: program)
  }

  static func text(
    administrator: String, address: String, port: UInt16, needsTerminal: Bool, program: String
  ) -> String {
    (["ssh"] + (needsTerminal ? ["-t"] : []) + (port == 22 ? [] : ["-p", String(port)])
      + ["\(administrator)@\(address)", "sudo", Command.quoted(program), "confirm"]).joined(separator: " ")
  }

  /// The address that the operator came to, if that is one for others to use: one of a single link needs a zone of
  /// whoever comes (RFC 4007 §11), which nobody knows here.
  ///
  /// - Parameter own: addresses of this host, the likeliest first.
  static func address(_ visitor: Operator?, own: [String]) -> String {
    let reached = visitor.flatMap { $0.isOfThisHost ? nil : $0.localAddress }
    if let reached, !NetworkAddress.isLinkLocal(reached) { return reached }
    return own.first ?? (reached == nil ? "HOST" : "THE-ADDRESS-YOU-CAME-TO")
  }

  /// The port that the operator came by if sshd still listens on it, else one that it does listen on.
  static func port(_ visitor: Operator?, _ listeners: [Listener]) -> UInt16 {
    if let port = visitor?.relay?.ports.first { return port }
    // Where a socket unit listens in sshd's stead, it is systemd that does.
    let owner = listeners.contains { $0.process == "sshd" } ? "sshd" : "systemd"
    let ports = Set(listeners.filter { $0.transport == "tcp" && $0.process == owner }.map(\.port))
    if let port = visitor?.localPort, ports.contains(port) || ports.isEmpty { return port }
    return ports.contains(22) ? 22 : ports.min() ?? 22
  }
}
