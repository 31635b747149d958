import Glibc
import HostState
import SystemCalls

/// A connection to a port under a packet filter that need not be in force: the kernel's own verdict, and the rule of it.
///
/// The rules are loaded into a network namespace of their own, with a virtual interface that bears the real one's name
/// and address, and a connection is made from another one with the visitor's address. Nothing in there has been seen
/// before, so it judges a new connection. The host's own network, rules and daemons are not touched.
public struct PacketTrial: Codable, Sendable {
  let filter: PacketFilter
  /// Ports that are tried one after the other, until one lets the connection in.
  let ports: [UInt16]
  let source: String
  /// The address of this host that it goes to; nil for the one that it has on the way to the visitor.
  let target: String?
  /// A file of nft's that is loaded first, in place of the tables that are there now: as at a boot.
  let bootFile: Path?

  public init(
    _ filter: PacketFilter, ports: [UInt16], from source: String, to target: String?, bootFile: Path? = nil
  ) {
    (self.filter, self.ports, self.bootFile) = (filter, ports, bootFile)
    self.source = NetworkAddress.plain(source)
    self.target = target.map(NetworkAddress.plain)
  }

  /// The same with the rules of a boot.
  public func atBoot(loading file: Path) -> PacketTrial {
    PacketTrial(filter, ports: ports, from: source, to: target, bootFile: file)
  }

  /// The table that has the kernel tell.
  static let tracer = "harden_trace"
  private static let nft: Path = "/usr/sbin/nft"
  private static let ipset: Path = "/usr/sbin/ipset"
  private var isV6: Bool { VirtualLink.isV6(source) }
  private var lines: [String] { isV6 ? filter.ipv6 : filter.ipv4 }

  /// Makes the connections. Called in a process of its own, which it takes into other namespaces.
  func make() throws(OverlayHelper.Failure) -> AccessRehearsal.Outcome {
    if let obstacle { return .notTried(why: obstacle) }
    if let missing { return .noProgram(why: "\(missing) is not installed") }
    let route = try Route.find(to: source, by: target)
    let sets = savedSets()
    // What the tools keep in /run, a lock of iptables' among it, ends with this process.
    try OverlayHelper.lay([], [])
    try OverlayHelper.Failure.check("tmpfs on /run", harden_mount_tmpfs("/run"))
    let link = try VirtualLink(route, from: source)
    if let reason = load(sets, tracing: link.interface) { return .notTried(why: reason) }
    let sound = harden_filter_socket(1)
    let trace = sound < 0 ? nil : TraceSocket(Descriptor(sound))
    var dropped: String?
    for port in ports {
      let door = try OverlayHelper.Failure.descriptor("listening on \(link.target)", harden_listen(link.target, port))
      let ending = try connect(over: link, to: port, door, trace)
      let rule = trace.flatMap { TracedVerdict($0.events)?.rule(in: lines, isV6: isV6) }
      switch ending {
      case .connected: return .passed(by: rule ?? nil)
      case .dropped: dropped = dropped ?? (rule ?? nil) ?? "a rule that this kernel does not name"
      case .cutOff: dropped = dropped ?? "a rule for packets of a connection that was let in"
      case .elsewhere: return .notTried(why: "the packet is sent on, which is not followed")
      }
    }
    return .refused(why: dropped ?? "no port")
  }

  /// What cannot be loaded at all.
  private var obstacle: String? {
    if filter.otherTables.contains(where: { $0.contains(" legacy\n") }) {
      return "there are tables of the old kernel interface"
    }
    if source.contains("%") || source.hasPrefix("fe80:") { return "\(source) is an address of one link alone" }
    if lines.contains(where: { $0.contains(" --mac-source ") })
      || filter.otherTables.contains(where: { $0.contains("ether saddr ") })
    {
      return "a rule judges by the hardware address that packets come from"
    }
    return nil
  }

  /// The tool without which the rules cannot be loaded.
  private var missing: String? {
    if !lines.isEmpty, access(Self.restore(isV6).text, X_OK) != 0 { return "iptables" }
    if !filter.otherTables.isEmpty, access(Self.nft.text, X_OK) != 0 { return "nft" }
    return nil
  }

  /// The text of a table that outlives the process which loads it: `flags owner` ties it to that.
  static func ownerless(_ table: String) -> String {
    table.lines.filter { line in
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "," || $0 == ";" }
      return !(words.first == "flags" && words.contains("owner"))
    }.joined(separator: "\n")
  }

  /// The sets that rules of iptables name, as `ipset restore` takes them: a new network has none. Nil where no rule does.
  private func savedSets() -> String? {
    guard lines.contains(where: { $0.contains(" --match-set ") }) else { return nil }
    return ProcessRunner(launcher: .spawn).run(Command(Self.ipset, ["save"], timeLimit: 10)).result?.output
  }

  static func restore(_ isV6: Bool) -> Path { isV6 ? "/usr/sbin/ip6tables-restore" : "/usr/sbin/iptables-restore" }

  /// Loads the rules of the visitor's family, and one that has the kernel tell what it does with a new connection.
  ///
  /// - Returns: why it could not.
  private func load(_ sets: String?, tracing interface: String) -> String? {
    var commands: [(Command, String)] = []
    if let bootFile {
      commands.append((Command(Self.nft, ["-f", bootFile.text], timeLimit: 20), bootFile.text))
    }
    if let sets { commands.append((Command(Self.ipset, ["restore"], input: sets, timeLimit: 20), "the sets of ipset")) }
    if !lines.isEmpty {
      let text = lines.map { $0 + "\n" }.joined()
      commands.append((Command(Self.restore(isV6), [], input: text, timeLimit: 20), "the rules of iptables"))
    }
    if access(Self.nft.text, X_OK) == 0 {
      // The answer as well: a host may drop its own.
      let chains = [("prerouting", "iifname", "syn"), ("output", "oifname", "(syn | ack)")].map { hook, end, flags in
        "chain \(hook) { type filter hook \(hook) priority -400; \(end) \"\(interface)\" "
          + "tcp flags & (syn | ack) == \(flags) meta nftrace set 1; }\n"
      }
      let others = bootFile == nil ? filter.otherTables : []
      let tables =
        others.map { "table \(Self.ownerless($0))\n" } + ["table inet \(Self.tracer) {\n"] + chains + [
          "}\n"
        ]
      commands.append((Command(Self.nft, ["-f", "-"], input: tables.joined(), timeLimit: 20), "the tables of nft"))
    } else {
      let rules = [
        "-I PREROUTING 1 -i \(interface) -p tcp --tcp-flags SYN,ACK SYN -j TRACE",
        "-I OUTPUT 1 -o \(interface) -p tcp --tcp-flags SYN,ACK SYN,ACK -j TRACE",
      ]
      let text = (["*raw"] + rules + ["COMMIT"]).map { $0 + "\n" }.joined()
      commands.append((Command(Self.restore(isV6), ["--noflush"], input: text, timeLimit: 20), "a rule that traces"))
    }
    for (command, words) in commands {
      let outcome = ProcessRunner(launcher: .spawn).run(command)
      guard case .finished(let result) = outcome, result.status == 0 else {
        let said = outcome.result?.errors.lines.first.map { ": \($0.prefix(160))" } ?? ""
        return "\(words) cannot be loaded into a namespace\(said)"
      }
    }
    return nil
  }

  private enum Ending { case connected, cutOff, dropped, elsewhere }

  /// Seconds that an answer is waited for: there is no wire, but a first packet may be lost before the link is up, and
  /// the kernel sends a second one after a second.
  private static let patience = 2.5

  private func connect(
    over link: VirtualLink, to port: UInt16, _ door: Descriptor, _ trace: TraceSocket?
  ) throws(OverlayHelper.Failure) -> Ending {
    try link.goOutside()
    let client = try OverlayHelper.Failure.descriptor("the visitor's end", harden_client(source))
    try link.goInside()
    trace?.forget()
    let begun = harden_connect(client.number, link.target, port)
    if begun != 0 && begun != EINPROGRESS { return refusal(trace) }
    let end = Child.now() + Self.patience
    while Child.now() < end {
      var waiting = pollfd(fd: client.number, events: Int16(POLLOUT), revents: 0)
      if poll(&waiting, 1, 10) == 1 {
        var (failure, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        getsockopt(client.number, SOL_SOCKET, SO_ERROR, &failure, &size)
        trace?.listen()
        guard failure == 0 else { return refusal(trace) }
        // The visitor's next packet, the first of a connection that is there, must come in, too.
        var arriving = pollfd(fd: door.number, events: Int16(POLLIN), revents: 0)
        return poll(&arriving, 1, Int32(Self.patience * 1000)) == 1 ? .connected : .cutOff
      }
      trace?.listen()
      if let verdict = trace.flatMap({ TracedVerdict($0.events) }), verdict.isDrop { return .dropped }
    }
    return trace.map { $0.events.isEmpty ? .dropped : .elsewhere } ?? .dropped
  }

  /// An answer that says no: a rule's, or that of a host which the packet was sent on to.
  private func refusal(_ trace: TraceSocket?) -> Ending {
    trace?.listen()
    guard let trace else { return .dropped }
    return TracedVerdict(trace.events)?.isDrop ?? false ? .dropped : .elsewhere
  }
}
