import Foundation
import Glibc
import HostState
import SystemCalls

/// A virtual cable between two networks of their own: one end bears the name and address of the interface that a
/// visitor's packets come in by, the other the visitor's address.
///
/// Both networks end with the process that made them.
struct VirtualLink {
  /// The interface of the host's that leads to the visitor.
  let interface: String
  /// The visitor's address, and the host's that they come to.
  let source: String
  let target: String
  /// The network namespaces.
  private let inside: Descriptor
  private let outside: Descriptor

  /// Leaves the caller inside.
  init(_ route: Route, from source: String) throws(OverlayHelper.Failure) {
    (interface, self.source, target) = (route.interface, source, route.address)
    try OverlayHelper.Failure.enterNewNetwork(harden_new_network)
    outside = try Self.network()
    try OverlayHelper.Failure.enterNewNetwork(harden_new_network)
    inside = try Self.network()
    let (near, far) = ("02:00:00:00:00:01", "02:00:00:00:00:02")
    // The other end is put into a network that has no name by way of this process' descriptor of it.
    let made = Self.configure([
      "link add \(interface) address \(near) type veth peer name outside address \(far) netns "
        + "/proc/\(getpid())/fd/\(outside.number)",
      "link set lo up", "link set \(interface) up",
      "addr add \(Self.block(target)) dev \(interface)\(Self.flags(target))",
      "route add \(Self.block(source)) dev \(interface)",
      "neigh replace \(source) lladdr \(far) dev \(interface) nud permanent",
    ])
    try goOutside()
    let reached = Self.configure([
      "link set outside up", "addr add \(Self.block(source)) dev outside\(Self.flags(source))",
      "route add \(Self.block(target)) dev outside",
      "neigh replace \(target) lladdr \(near) dev outside nud permanent",
    ])
    try goInside()
    if let reason = made ?? reached { throw OverlayHelper.Failure("no virtual link: \(reason)") }
  }

  func goInside() throws(OverlayHelper.Failure) {
    try OverlayHelper.Failure.check("network namespace", harden_enter_network(inside.number))
  }
  func goOutside() throws(OverlayHelper.Failure) {
    try OverlayHelper.Failure.check("network namespace", harden_enter_network(outside.number))
  }

  private static func network() throws(OverlayHelper.Failure) -> Descriptor {
    let name = "/proc/thread-self/ns/net"
    let file = open(name, O_RDONLY | O_CLOEXEC)
    return try OverlayHelper.Failure.descriptor(name, file < 0 ? -errno : file)
  }

  /// Runs lines of ip(8) in the network that the caller is in; the first complaint, nil where there is none.
  @discardableResult static func configure(_ lines: [String]) -> String? {
    let command = Command(
      "/usr/sbin/ip", ["-force", "-batch", "-"], input: lines.map { $0 + "\n" }.joined(), timeLimit: 10)
    guard case .finished(let result) = ProcessRunner(launcher: .spawn).run(command) else {
      return "ip(8) is not installed"
    }
    return result.status == 0 ? nil : result.errors.lines.first.map(String.init) ?? "ip(8) failed"
  }

  static func isV6(_ address: String) -> Bool { address.contains(":") }
  /// The address alone, as a block.
  static func block(_ address: String) -> String { address + (isV6(address) ? "/128" : "/32") }
  /// Nobody else can have it in there, so it need not be looked for.
  static func flags(_ address: String) -> String { isV6(address) ? " nodad" : "" }
}

/// The way from this host to a visitor: `ip route get`.
struct Route: Hashable {
  let interface: String
  /// The host's own address that is used on it.
  let address: String

  /// - Parameter target: the address of this host that the visitor comes to, where that is known.
  /// - Throws: a `Failure` that says why there is none that could be tried.
  static func find(to source: String, by target: String?) throws(OverlayHelper.Failure) -> Route {
    guard source != target else { throw OverlayHelper.Failure("\(source) is this host itself") }
    // A rule may send answers of one address another way than those of the rest: ip-rule(8).
    let command = Command(
      "/usr/sbin/ip", ["-o", "route", "get", source] + (target.map { ["from", $0] } ?? []))
    guard case .finished(let result) = ProcessRunner(launcher: .spawn).run(command) else {
      throw OverlayHelper.Failure("ip(8) is not installed")
    }
    guard result.status == 0, let route = Route(parsing: result.output, address: target) else {
      throw OverlayHelper.Failure("this host has no route to \(source)")
    }
    guard route.interface != "lo" else { throw OverlayHelper.Failure("\(source) is this host itself") }
    return route
  }

  private init(interface: String, address: String) { (self.interface, self.address) = (interface, address) }

  /// `198.51.100.23 via 10.0.0.1 dev eth0 src 10.0.0.2 uid 0`
  init?(parsing text: String, address: String? = nil) {
    let words = text.split { $0 == " " || $0 == "\n" || $0 == "\\" }.map(String.init)
    func value(after word: String) -> String? {
      words.firstIndex(of: word).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    guard let interface = value(after: "dev"), let address = address ?? value(after: "src"),
      interface.utf8.allSatisfy({ $0.isLetterOrDigit || "._-@".utf8.contains($0) })
    else { return nil }
    self.init(interface: interface, address: address)
  }
}
