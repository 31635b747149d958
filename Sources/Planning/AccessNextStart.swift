import HostState
import Resources

/// The command line with which systemd starts `ssh.service` next: what runs today may have been started with another one.
struct SSHDStart: Hashable {
  let words: [String]

  /// Nil where it cannot be told from what systemd says and from SSHD_OPTS alone.
  ///
  /// `{ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D $SSHD_OPTS ; ignore_errors=no ; … }`: systemctl(1).
  init?(_ properties: [String: String], defaults: String) {
    let start = properties["ExecStart"] ?? ""
    guard let from = start.firstRange(of: "argv[]=")?.upperBound,
      let to = start[from...].firstRange(of: " ;")?.lowerBound,
      ["", "/etc/default/ssh (ignore_errors=yes)"].contains(properties["EnvironmentFiles"] ?? ""),
      !(properties["Environment"] ?? "").contains("SSHD_OPTS")
    else { return nil }
    var words: [String] = []
    for word in start[from..<to].split(separator: " ") {
      switch word {
      case "$SSHD_OPTS", "${SSHD_OPTS}":
        guard properties["EnvironmentFiles"]?.isEmpty == false else { continue }
        words += SSHDInquest.options(inDefaults: defaults).split(separator: " ").map(String.init)
      default:
        guard !word.contains("$") else { return nil }
        words.append(String(word))
      }
    }
    self.words = words
  }
}

extension AccessChain {
  /// Whether the next boot brings the sshd that was judged, and not another one.
  mutating func nextStart() throws(Stop) {
    guard let inquest = SSHDInquest(host) else { return }
    let service = (try? host.unit("ssh.service"))?.value
    let socket = (try? host.unit("ssh.socket"))?.value
    if inquest.socketIsActive {
      guard socket?.enablement == "disabled" else { return }
      throw .broken(
        "port",
        "ssh.socket listens now, but is not enabled, so that it does not after a boot: systemctl enable ssh.socket")
    }
    guard service?.isActive == true else { return }
    if socket?.enablement == "enabled" {
      throw .broken(
        "port",
        "ssh.socket is enabled and takes the place of ssh.service at the next boot, with ports of its own: systemctl "
          + "disable ssh.socket, or use it now: systemctl disable --now ssh.service; systemctl start ssh.socket")
    }
    if service?.enablement == "disabled" {
      throw .broken(
        "port", "ssh.service is not enabled, so that nobody listens after a boot: systemctl enable ssh.service")
    }
    guard case .there(.output(let result)) = try answer(.output(question: SSHDSandbox.question)) else { return }
    let defaults = (try? host.contents("/etc/default/ssh"))?.value ?? ""
    guard let next = SSHDStart(SSHDSandbox(result.output).properties, defaults: defaults) else { return }
    let arguments = SSHDListener.arguments(ofCommand: next.words.joined(separator: " "))
    guard arguments != inquest.arguments else { return }
    func shown(_ options: [String]) -> String { options.isEmpty ? "no options" : "“\(options.joined(separator: " "))”" }
    throw .broken(
      "sshd",
      "it runs with \(shown(inquest.arguments)), and systemd starts it with \(shown(arguments)) next time: make them the "
        + "same in SSHD_OPTS of /etc/default/ssh or ExecStart= of ssh.service (systemctl cat ssh.service)")
  }

  /// Whether the rules that something loads at the next boot let the operator in, too: it may do so after ufw.
  mutating func nextFilter(_ visitor: Operator, ports: [UInt16]) throws(Stop) {
    let boot = BootUnits(host)
    try demand(boot.probes.union(boot.loads.map { .contents(path: $0.file) }))
    let address = visitor.relay?.address ?? visitor.address ?? SSHConnection.unknownAddress
    let doors = visitor.relay.map(\.ports).flatMap { $0.isEmpty ? nil : $0 } ?? ports
    for load in boot.loads where load.kind != .nft {
      guard let text = (try? host.contents(load.file))?.value else { continue }
      let isV6 = load.kind == .ipv6
      guard address.contains(":") == isV6 else { continue }
      let rules = doors.map { BootUnits.objection(text, isV6: isV6, to: $0, from: address, visitor.localAddress) }
      guard !doors.isEmpty, !rules.contains(nil), let rule = rules.first ?? nil else { continue }
      throw .broken(
        "packet filter",
        "\(load.unit) loads \(load.file) at the next boot, maybe after ufw, and by that a packet to sshd is dropped "
          + "(\(rule)): let it in there, or: \(load.remedy)")
    }
  }
}
