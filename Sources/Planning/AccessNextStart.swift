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
    for word in UnitText.words(ofCommand: start[from..<to]) {
      switch word {
      case "$SSHD_OPTS", "${SSHD_OPTS}":
        guard properties["EnvironmentFiles"]?.isEmpty == false else { continue }
        words += SSHDInquest.options(inDefaults: defaults).split(separator: " ").map(String.init)
      default:
        guard !word.contains("$") else { return nil }
        words.append(word)
      }
    }
    self.words = words
  }
}

extension AccessChain {
  /// Whether the next boot brings the sshd that was judged, and not another one.
  mutating func nextStart(_ visitor: Operator) throws(Stop) {
    guard let inquest = SSHDInquest(host) else { return }
    try nextTarget()
    let service = (try? host.unit("ssh.service"))?.value
    let socket = (try? host.unit("ssh.socket"))?.value
    if inquest.socketIsActive {
      try conditions(of: "ssh.socket")
      try nextSocket(ports: inquest.ports, visitor)
      if socket?.enablement == "disabled" {
        throw .broken(
          "port",
          "ssh.socket listens now, but is not enabled, so that it does not after a boot: systemctl enable ssh.socket")
      }
      // One that is yet to be started was judged by what it will be started with.
      if service?.isActive == true { try nextOptions(inquest) }
      return
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
    try conditions(of: "ssh.service")
    try nextOptions(inquest)
  }

  /// Whether systemd starts the sshd that runs with other options next time.
  private mutating func nextOptions(_ inquest: SSHDInquest) throws(Stop) {
    let defaults = (try? host.contents("/etc/default/ssh"))?.value ?? ""
    for properties in try starts() {
      guard let next = SSHDStart(properties, defaults: defaults) else { continue }
      let arguments = SSHDListener.arguments(ofCommand: next.words.joined(separator: " "))
      guard arguments != inquest.arguments else { continue }
      throw .broken(
        "sshd",
        "it runs with \(Self.shown(inquest.arguments)), and systemd starts it with \(Self.shown(arguments)) next time: "
          + "make them the same in SSHD_OPTS of /etc/default/ssh or ExecStart= of ssh.service (systemctl cat "
          + "ssh.service)")
    }
  }

  private static func shown(_ options: [String]) -> String {
    options.isEmpty ? "no options" : "“\(options.joined(separator: " "))”"
  }

  /// How it is started by what systemd has loaded, and by its files.
  private mutating func starts() throws(Stop) -> [[String: String]] {
    var starts: [[String: String]] = []
    if case .there(.output(let loaded)) = try answer(.output(question: SSHDSandbox.question)) {
      starts.append(SSHDSandbox(loaded.output).properties)
    }
    if let files = try unitFiles("ssh.service") { starts.append(SSHDSandbox(files: files).properties) }
    return starts
  }

  /// Whether a unit's conditions let it start: systemd.unit(5). Debian's has one of `/etc/ssh/sshd_not_to_be_run`.
  private mutating func conditions(of unit: String) throws(Stop) {
    guard let files = try unitFiles(unit) else { return }
    for name in ["ConditionPathExists", "AssertPathExists"] {
      for value in files.values(of: name, in: "Unit") {
        // Of those with a bar one is enough.
        let path = value.drop { $0 == "!" }
        guard path.hasPrefix("/"), !path.contains("%") else { continue }
        let isThere = try status(Path(String(path))) != nil
        guard isThere == value.hasPrefix("!") else { continue }
        throw .broken(
          "port",
          "\(unit) does not start while \(path) is \(isThere ? "" : "not ")there (\(name)=\(value)), so that nobody "
            + "listens after a boot: " + (isThere ? "rm \(path)" : "systemctl edit \(unit)"))
      }
    }
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
    guard !doors.isEmpty, case .there(.packetFilter(let filter)) = try answer(.packetFilter),
      let (starter, rule) = boot.objection(to: doors, from: address, visitor.localAddress, after: filter)
    else { return }
    throw .broken(
      "packet filter",
      "\(starter) gives commands to iptables at the next boot, and by these a packet to sshd is dropped (\(rule)): let it "
        + "in there, or: \(BootUnits.remedy(for: starter))")
  }
}
