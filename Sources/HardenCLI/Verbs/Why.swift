import HostAccess
import HostState
import Planning
import RecipeDSL
import Reporting

extension Verb {
  static let why = Verb(
    "why", arguments: ["KEY", "[from]", "[ADDRESS]"],
    summary: "the value in force, the line that decides it, and the lines that do not",
    discussion: [
      "Asks the host why something is as it is; changes nothing, and needs no recipe. KEY is one of:",
      "sshd.KEYWORD, as sshd.PasswordAuthentication: what sshd itself says for an account and an address (yours, or "
        + "--user and --from), the file and line that decides it, the lines that do not and why, and whether the daemon "
        + "has loaded what is on disk. The keyword alone will do.",
      "apache.DIRECTIVE, as apache.ServerTokens: the same of Apache.",
      "tcp/PORT from ADDRESS: whether a new connection is let in, by the kernel's own verdict (root; in a network "
        + "namespace with the same rules) or else by harden's reading of them, and it says which; the rule that decides "
        + "it, and what listens there.",
      "A path, as /etc/passwd: mode and owner, what the host's recipe wants, and which directory keeps others out.",
      "Without root, what could not be read is said. Exits with 0 when answered, with 1 when the host cannot say, and "
        + "with 64 for a key that harden does not know.",
    ],
    flags: [.user, .from, .json],
    examples: [
      "harden why sshd.PasswordAuthentication --user deploy", "harden why apache.ServerTokens",
      "harden why tcp/5432 from 203.0.113.9", "harden why /etc/passwd",
    ]
  ) { invocation, tool throws(Failure) in
    let key: WhyKey
    do throws(Diagnostic) { key = try WhyKey(invocation.arguments) } catch { throw .misuse(error) }
    let (answer, notes) = try tool.answer(key, invocation)
    tool.say(notes)
    if invocation.has(.json) {
      tool.console.print(try tool.json(answer))
    } else {
      tool.console.print(Report.text(of: answer, style: tool.outputStyle))
    }
    return answer.value == "not known" ? .failed : .done
  }
}

extension Flag {
  static let user = Flag("--user", "NAME", "the account that logs in; yours if not given")
}

extension Tool {
  fileprivate func answer(_ key: WhyKey, _ invocation: Invocation) throws(Failure) -> (WhyAnswer, notes: [String]) {
    let (host, user) = (Prober(from: try invocation.statedAddress()), try invocation.statedUser())
    switch key {
    case .sshd(let keyword): return (try ask(WhySSHD(keyword: keyword, user: user), host), [])
    case .apache(let directive):
      let question = WhyApache(directive: directive)
      let known = try observe(question, host)
      if let misuse = question.misuse(given: known) { throw .misuse(misuse) }
      return (try diagnosed { () throws(Diagnostic) in try question.answer(given: known) }, [])
    case .packet(_, let port, let source):
      var question = WhyPacket(port: port, from: source)
      let known = try observe(question, host)
      if isRoot { question.trial = Self.trial(of: port, from: source, known) }
      return (try diagnosed { () throws(Diagnostic) in try question.answer(given: known) }, [])
    case .file(let path):
      var question = WhyFile(path, accessList: AccessList.entries(of: path))
      let (wanted, notes) = try wanted(of: path, invocation)
      question.wanted = wanted
      return (try ask(question, host), notes)
    }
  }

  private func ask(_ question: some WhyQuestion, _ host: Prober) throws(Failure) -> WhyAnswer {
    let known = try observe(question, host)
    return try diagnosed { () throws(Diagnostic) in try question.answer(given: known) }
  }

  /// The kernel's own verdict; nil where there is nothing that it could judge by.
  private static func trial(of port: UInt16, from source: String?, _ known: Observations) -> WhyPacket.Trial? {
    let visitor = (try? known.operator())?.value
    guard let filter = (try? known.packetFilter())?.value, let address = source ?? visitor?.address,
      !filter.isEmpty
    else { return nil }
    let facts = (try? known.host())?.value
    if WhyPacket.isOwn(address, facts) {
      return .impossible(why: "a connection from this host to itself has no wire that could be tried")
    }
    let target = WhyPacket.destination(visitor, from: address, facts)
    let trial = PacketTrial(filter, ports: [port], from: address, to: target)
    switch AccessRehearsal.run([.packet(trial: trial)])[0] {
    case .passed(let rule): return .letIn(rule: rule)
    case .refused(let rule): return .dropped(rule: rule)
    case .notTried(let why), .noProgram(let why): return .impossible(why: why)
    }
  }

  /// Puts the question's probes to the host until it needs no more.
  private func observe(_ question: some WhyQuestion, _ host: Prober) throws(Failure) -> Observations {
    var known = Observations()
    known.learn(host.answers(to: [Inquiry(.host), Inquiry(.operator)]))
    for _ in 0..<50 {
      let inquiries = known.unanswered(question.probes(given: known))
      if inquiries.isEmpty { return known }
      known.learn(host.answers(to: inquiries))
    }
    throw Failure(.bug("harden why still has questions after 50 rounds."))
  }

  /// What the resources of the recipe that this host remembers want of a file.
  private func wanted(of path: Path, _ invocation: Invocation) throws(Failure) -> ([WhyAnswer.Line], notes: [String]) {
    let reading = try diagnosed { () throws(Diagnostic) in try Memory.read(in: memoryDirectory) }
    switch reading {
    case .nothing: return ([], [])
    case .unreadable:
      return ([], ["What this host remembers of its recipe is readable by root alone, so what it wants is left out."])
    case .remembered: break
    }
    let choice = try choose(invocation, named: nil)
    let session = try session(invocation)
    _ = try session.plan(choice)
    let ledger = try? Ledger.load()
    var lines: [WhyAnswer.Line] = []
    for section in choice.recipe.state.sections {
      for resource in section.declarations.map(\.resource) {
        guard let line = demand(of: resource, on: path, session.known, ledger) else { continue }
        lines.append(
          WhyAnswer.Line(place: resource.address, value: line, remark: "section \(section.name) of \(choice.name)"))
      }
    }
    return (lines, [])
  }

  /// What a resource wants of the path; nil where it says nothing of it.
  private func demand(
    of resource: any Resource, on path: Path, _ known: Observations, _ ledger: Ledger?
  ) -> String? {
    let status = (try? known.file(path))?.value
    let probes = resource.probes(given: known)
    for probe in probes {
      guard case .tree(let rule) = probe, path.isWithin(rule.root) else { continue }
      let text = "directories \(rule.directories), files \(rule.files), \(rule.owner)"
      guard let status else { return text }
      return rule.wanted(at: path, found: status).map { "wants \($0.mode) \($0.owner)" } ?? "\(text): it fits"
    }
    guard probes.contains(.file(path: path)), let proposal = try? resource.proposal(given: known) else { return nil }
    for step in proposal.steps {
      switch step.action {
      case .write(path, _, let mode, let owner, _), .makeDirectory(path, let mode, let owner):
        return "wants \(mode) \(owner)"
      case .setMode(path, let mode): return "wants \(mode)"
      case .setOwner(path, let owner): return "wants \(owner) to own it"
      case .remove(path, _): return "wants it gone"
      default: continue
      }
    }
    // It may look at what others own, such as the folder that its own file lies in.
    let isItsOwn = ledger?.entries[resource.address]?.files.contains(path) ?? false
    return isItsOwn || resource.address.hasSuffix(":" + path.text) ? "as it is" : nil
  }
}
