import HostState
import Resources

/// Why a new connection from outside is let in, or not.
package struct WhyPacket: WhyQuestion {
  let port: UInt16
  let source: String?
  /// What the kernel did with such a connection; nil where it was not asked.
  package var trial: Trial?

  /// A connection that was made under the host's rules.
  package enum Trial: Hashable, Sendable {
    /// By which rule, where that is known.
    case letIn(rule: String?)
    case dropped(rule: String)
    case impossible(why: String)
  }

  /// - Parameter source: where the connection comes from; nil for where the operator is.
  package init(port: UInt16, from source: String?) { (self.port, self.source) = (port, source) }

  package func probes(given known: Observations) -> Set<Probe> { [.packetFilter, .listeners, .operator, .host] }

  package func answer(given host: Observations) throws(Diagnostic) -> WhyAnswer {
    let visitor = try host.operator().value
    guard let address = source ?? visitor?.address else { throw .noSource(port) }
    var answer = WhyAnswer(key: "tcp/\(port)", circumstance: "from \(address)")
    let facts = try host.host().value
    let isOwn = Self.isOwn(address, facts)
    // The kernel sends what goes to an own address over the loopback; from where else it began is all the same.
    let target = isOwn ? address : Self.destination(visitor, from: address, facts)
    if let target { answer.circumstance = "from \(address) to \(target)" }
    switch try host.packetFilter() {
    case .there(let filter):
      judge(&answer, filter.verdict(onNewConnectionTo: port, from: address, to: target, isOwn: isOwn))
      if !filter.isEmpty { weigh(&answer) }
    case .absent, .moved: answer.value = "not known"
    case .unreadable(let reason):
      answer.value = "not known"
      answer.unread.append("the packet filter (\(reason)), so whether a packet gets as far as the port is open")
    }
    if isOwn { answer.notes.append("\(address) is this host itself: such a packet comes in over lo.") }
    try listen(&answer, host, isOpen: answer.value == "let in", isOwn: isOwn)
    return answer
  }

  /// Whether a connection from there begins on this host.
  package static func isOwn(_ address: String, _ facts: HostFacts?) -> Bool {
    let plain = NetworkAddress.plain(address)
    guard !NetworkAddress.isLoopback(plain) else { return true }
    guard let wanted = AddressRange(plain) else { return false }
    return facts?.addresses.contains { AddressRange($0) == wanted } ?? false
  }

  /// The address of this host that such a connection goes to.
  package static func destination(_ visitor: Operator?, from address: String, _ facts: HostFacts?) -> String? {
    let isV6 = AddressRange(address)?.isV6 ?? false
    let own = [visitor?.localAddress].compactMap { $0 } + (facts?.addresses ?? [])
    return own.first { AddressRange($0)?.isV6 == isV6 }
  }

  private func judge(_ answer: inout WhyAnswer, _ verdict: PacketVerdict) {
    switch verdict {
    case .admitted(let rule):
      answer.value = "let in"
      answer.decidedBy = [line(rule)]
    case .dropped(let rule):
      answer.value = rule.contains("-j REJECT") ? "rejected" : "dropped"
      answer.decidedBy = [line(rule)]
    case .unknown(let rule):
      answer.value = "not known"
      answer.others = [
        WhyAnswer.Line(value: rule, remark: "what this rule does to the connection, harden cannot tell from its text")
      ]
    }
  }

  /// The kernel's own verdict goes before what harden reads in its rules.
  private func weigh(_ answer: inout WhyAnswer) {
    let (value, rule): (String, String)
    switch trial {
    case .letIn(let by)?: (value, rule) = ("let in", by ?? answer.decidedBy.first?.value ?? "no rule")
    case .dropped(let by)?: (value, rule) = (by.contains("-j REJECT") ? "rejected" : "dropped", by)
    case .impossible(let why)?:
      answer.notes.append("This is harden's reading of the rules. The kernel itself was not asked: \(why).")
      return
    case nil:
      answer.notes.append("This is harden's reading of the rules; the kernel itself was not asked.")
      return
    }
    answer.notes.append(
      "The verdict is the kernel's own, on a connection that was made under these rules in a network namespace.")
    if let read = answer.value, read != value, read != "not known" {
      answer.notes.append("harden itself had read \(read) in the rules, and went by the kernel. Please report that.")
    }
    (answer.value, answer.others, answer.decidedBy) = (value, [], [line(rule)])
  }

  private func line(_ rule: String) -> WhyAnswer.Line {
    WhyAnswer.Line(value: rule == "no rule" ? "no rule: nothing filters it" : rule)
  }

  /// Whether anything answers there.
  private func listen(
    _ answer: inout WhyAnswer, _ host: Observations, isOpen: Bool, isOwn: Bool
  ) throws(Diagnostic) {
    switch try host.listeners() {
    case .there(let all):
      let here = all.filter { $0.transport == "tcp" && $0.port == port }
      guard !here.isEmpty else {
        answer.notes.append("Nothing listens on port \(port)\(isOpen ? ": the kernel refuses the connection" : "").")
        return
      }
      var names: [String] = []
      for listener in here {
        let process = listener.process.isEmpty ? "a process that root alone can name" : listener.process
        let place = listener.address.contains(":") ? "[\(listener.address)]:\(port)" : "\(listener.address):\(port)"
        let text = "\(process) on \(place)"
        if !names.contains(text) { names.append(text) }
      }
      answer.notes.append("There listens \(listed(names)).")
      if !isOwn, here.allSatisfy({ NetworkAddress.isLoopback($0.address) }) {
        answer.notes.append("That is this host's own loopback, which nobody outside can reach.")
      }
    case .absent, .moved, .unreadable: answer.unread.append("what listens on this host")
    }
  }
}

extension Diagnostic {
  fileprivate static func noSource(_ port: UInt16) -> Diagnostic {
    Diagnostic(
      "Address missing",
      detail: "Where you log in from is not known, so an address has to be given: rules differ by where a packet comes "
        + "from.", fix: "harden why tcp/\(port) from 203.0.113.9")
  }
}
