import Glibc
import HostState
import SystemCalls

/// A connection from a visitor's address to a port of this host, made in a network of its own whose loopback bears both
/// addresses: what sshd, its wrappers and PAM judge by address, they judge as they would.
public struct VisitorConnection: Hashable, Codable, Sendable {
  let source: String
  let target: String
  let port: UInt16

  /// - Parameter target: the address that the visitor comes to.
  public init(from source: String, to target: String, port: UInt16) {
    self.source = NetworkAddress.plain(source)
    let target = NetworkAddress.plain(target)
    // Both of one family; RFC 5737 and RFC 3849 keep these for nobody.
    let isV6 = VirtualLink.isV6(self.source)
    self.target = VirtualLink.isV6(target) == isV6 ? target : isV6 ? "2001:db8::2" : "192.0.2.2"
    self.port = port
  }

  /// Why it cannot be made: there is no such link in a network of its own (RFC 4007 §6).
  var obstacle: String? {
    [source, target].first(where: NetworkAddress.isLinkLocal).map { "\($0) is an address of one link alone" }
  }

  /// Takes the caller into that network, where something listens on the port then.
  func openDoor() throws(OverlayHelper.Failure) -> Descriptor {
    try OverlayHelper.Failure.enterNewNetwork(harden_new_network)
    VirtualLink.configure(
      ["link set lo up"] + [source, target].map { "addr add \(VirtualLink.block($0)) dev lo\(VirtualLink.flags($0))" })
    return try OverlayHelper.Failure.descriptor("listening on \(target)", harden_listen(target, port))
  }
}

/// An sshd that serves one connection, as inetd(8) would start it.
struct ServingDaemon {
  static let program = "/usr/sbin/sshd"

  private let process: pid_t

  /// Takes the next connection and gives it to a daemon; nil where none comes within 10 seconds.
  ///
  /// - Parameters:
  ///   - arguments: those of the daemon, `-i` among them.
  ///   - errors: where the daemon's messages go.
  init?(at door: Descriptor, arguments: [String], errors: Int32) throws(OverlayHelper.Failure) {
    var waiting = pollfd(fd: door.number, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, 10_000) == 1 else { return nil }
    let connection = Descriptor(accept(door.number, nil, nil))
    let command = Command(Path(Self.program), arguments)
    var child: pid_t = 0
    let failure = LaunchedProcess.withCStrings([Self.program] + command.arguments) { arguments in
      LaunchedProcess.withCStrings(ProcessRunner.environment(for: command).map { "\($0.key)=\($0.value)" }) {
        harden_spawn(Self.program, arguments, $0, connection.number, connection.number, errors, -1, &child)
      }
    }
    try OverlayHelper.Failure.check(Self.program, failure)
    process = child
  }

  /// Waits until it ends, which it does when its client is gone; ends it after a second.
  func end() {
    let ended = harden_pidfd(process)
    var waiting = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
    if ended < 0 || poll(&waiting, 1, 1000) != 1 { kill(process, SIGTERM) }
    if ended >= 0 { close(ended) }
    waitpid(process, nil, 0)
  }
}
