import Glibc
import HostState

/// A step of a packet's way through nftables' chains, as the kernel tells it: `NFT_MSG_TRACE` of
/// linux/netfilter/nf_tables.h.
struct TraceEvent: Hashable {
  enum Verdict: Hashable { case accept, drop, other }
  enum Kind: Hashable { case rule(handle: UInt64), policy, end }
  /// Of the packet: all events of one bear the same.
  var packet: UInt32 = 0
  /// `ip`, `ip6`, `inet`.
  var family = ""
  var table = ""
  var chain = ""
  var kind = Kind.end
  var verdict = Verdict.other
  /// The chain that a rule sends it to.
  var target: String?

  private static let message = FilterQuestion.type(17)

  /// The events in what one read of the socket gave; messages of other kinds are passed over.
  static func all(in bytes: [UInt8]) -> [TraceEvent] {
    NetlinkText.messages(bytes).filter { $0.type == message }.map { TraceEvent(family: $0.family, $0.attributes) }
  }

  private init(family: UInt8, _ attributes: ArraySlice<UInt8>) {
    self.family = FilterQuestion.families[family] ?? "family \(family)"
    var (type, handle, policy) = (UInt32(0), UInt64(0), UInt32.max)
    for (name, value) in NetlinkText.attributes(attributes) {
      switch name {
      case 1: table = value.text
      case 2: chain = value.text
      case 3: handle = value.big64
      case 4: type = value.big32
      case 5:
        for (name, value) in NetlinkText.attributes(value) {
          if name == 1 { verdict = Self.verdict(value.big32) } else if name == 2 { target = value.text }
        }
      case 6: packet = value.big32
      case 16: policy = value.big32
      default: break
      }
    }
    switch type {
    case 1: (kind, verdict) = (.policy, Self.verdict(policy))
    case 3: kind = .rule(handle: handle)
    default: kind = .end
    }
  }

  private static func verdict(_ code: UInt32) -> Verdict { code == 0 ? .drop : code == 1 ? .accept : .other }
}

/// What became of a connection by what was traced of its first packet and the answer to that.
struct TracedVerdict: Hashable {
  let decisive: TraceEvent
  /// What sent the packet to the chain of the deciding rule.
  private let sender: TraceEvent?
  var isDrop: Bool { decisive.verdict == .drop }

  /// A drop ends it, wherever it is; among what accepts, a rule says more than a policy, and the last one most.
  init?(_ events: [TraceEvent]) {
    guard let first = events.first else { return nil }
    let own = events.filter { $0.table != PacketTrial.tracer }
    let accepts = own.filter { $0.packet == first.packet && $0.verdict == .accept }
    guard
      let decisive = own.first(where: { $0.verdict == .drop }) ?? accepts.last(where: { $0.kind != .policy })
        ?? accepts.last
    else { return nil }
    self.decisive = decisive
    sender = own.last {
      $0.target == decisive.chain && $0.packet == decisive.packet && $0.table == decisive.table
        && $0.family == decisive.family
    }
  }

  /// The deciding rule in words: as iptables-save has it in `lines`, or as nft has it.
  func rule(in lines: [String], isV6: Bool) -> String? {
    let (family, table, chain) = (decisive.family, decisive.table, decisive.chain)
    let isIPTables = family == (isV6 ? "ip6" : "ip") && lines.contains("*\(table)")
    guard case .rule(let handle) = decisive.kind else {
      let policy = decisive.verdict == .drop ? "drop" : "accept"
      return isIPTables ? "the policy of \(chain)" : "nft table \(family) \(table): policy \(policy) of chain \(chain)"
    }
    if isIPTables, let rule = Self.saved(handle, of: decisive, in: lines, isV6: isV6) {
      // ufw ends its rules with a rate in a chain that accepts whatever comes to it: the rule before says more.
      guard rule.split(separator: " ").count == 4, let sender, case .rule(let handle) = sender.kind else { return rule }
      return Self.saved(handle, of: sender, in: lines, isV6: isV6) ?? rule
    }
    let command = Command("/usr/sbin/nft", ["-a", "list", "chain", family, table, chain], timeLimit: 10)
    guard case .finished(let result) = ProcessRunner(launcher: .spawn).run(command), result.status == 0 else {
      return nil
    }
    return Self.rule(handle, in: result.output).map { "nft table \(family) \(table): \($0)" }
  }

  /// The text of a rule as iptables-save has it; nil where the kernel's rules are not those.
  private static func saved(_ handle: UInt64, of event: TraceEvent, in lines: [String], isV6: Bool) -> String? {
    let own = section(event.table, of: lines).filter { $0.hasPrefix("-A \(event.chain) ") }
    let handles = RuleList.handles(family: isV6 ? 10 : 2, table: event.table, chain: event.chain)
    guard let index = handles.firstIndex(of: handle), handles.count == own.count else { return nil }
    return own[index]
  }

  /// The text of a rule in what `nft -a list chain` printed.
  static func rule(_ handle: UInt64, in listing: String) -> String? {
    let rules = listing.lines.filter { $0.contains(" # handle ") && !$0.contains("{ # handle ") }
    guard let index = rules.firstIndex(where: { $0.hasSuffix(" # handle \(handle)") }) else { return nil }
    var words = rules[index].split { $0 == " " || $0 == "\t" }.map(String.init)
    words.removeLast(3)
    if let counter = words.firstIndex(of: "counter"), counter + 4 < words.count, words[counter + 1] == "packets" {
      words.removeSubrange(counter...(counter + 4))
    }
    return words.joined(separator: " ")
  }

  private static func section(_ table: String, of lines: [String]) -> [String] {
    guard let start = lines.firstIndex(of: "*\(table)") else { return [] }
    return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("*") })
  }
}

/// Hears what is traced in the network that it was made in.
final class TraceSocket {
  private let descriptor: Descriptor
  private(set) var events: [TraceEvent] = []

  init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// Takes all that is there, without waiting.
  func listen() {
    var room = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor.number, &room, room.count, 0)
      if count <= 0 { return }
      events += TraceEvent.all(in: Array(room[..<count]))
    }
  }

  func forget() {
    listen()
    events = []
  }
}
