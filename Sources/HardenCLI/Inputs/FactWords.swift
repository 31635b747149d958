import HostState

/// Facts in a few words, to name one that moved.
enum FactWords {
  /// `/etc/ssh/sshd_config: line 33 is now “PermitRootLogin yes”, was “PermitRootLogin no”`.
  static func move(of inquiry: Inquiry, from old: Answer<Fact>, to new: Answer<Fact>) -> String {
    let subject = subject(inquiry.probe) + (inquiry.overlay.isEmpty ? "" : ", with what is planned")
    if case .there(let was) = old, case .there(let now) = new {
      if let place = difference(was, now) { return "\(subject): \(place)" }
      if short(was) == short(now), let fields = FactFields(was).difference(to: FactFields(now)) {
        return "\(subject): \(fields)"
      }
    }
    return "\(subject): \(words(old)) → \(words(new))"
  }

  private static func subject(_ probe: Probe) -> String {
    switch probe {
    case .file(let path), .contents(let path), .secrets(let path, _): path.text
    case .names(let directory): "names in \(directory)"
    case .tree(let rule): "tree \(rule.root)"
    case .accounts: "accounts"
    case .package(let name): "package \(name)"
    case .candidate(let package): "what apt would install for \(package)"
    case .unit(let name): name
    case .listeners: "who listens"
    case .ufw: "ufw's files"
    case .packetFilter: "the kernel's packet filter"
    case .operator: "who asks"
    case .host: "the host"
    case .sysctl(let key): key
    case .stale(let unit, _): "whether \(unit) has loaded its files"
    case .certificate(let path): "certificate \(path)"
    case .reach(let question): "where \(question.names.joined(separator: ", ")) leads"
    case .output(let question): "“\(question.command)”"
    }
  }

  private static func words(_ answer: Answer<Fact>) -> String {
    switch answer {
    case .absent: "not there"
    case .unreadable(let reason): "not readable (\(reason))"
    case .moved: "not known"
    case .there(let fact): short(fact)
    }
  }

  private static func short(_ fact: Fact) -> String {
    switch fact {
    case .file(let status): "\(status.mode) \(status.owner)"
    case .text(let text): text.contains("\n") ? "\(text.utf8.count) bytes" : "“\(text)”"
    case .package(let state): "\(state.status) \(state.version)"
    case .candidate(let candidate): candidate.version ?? "nothing"
    case .unit(let state): "\(state.enablement), \(state.activity)"
    case .flag(let flag): flag ? "yes" : "no"
    case .tree(let report): report.words
    case .names(let names): names.joined(separator: " ")
    case .output(let result): "exit code \(result.status)"
    case .secrets(let state): state.keys.keys.sorted().joined(separator: " ")
    case .certificate(let facts): facts.names.joined(separator: " ") + (facts.isExpired ? ", expired" : "")
    case .reach(let reach): reach.isHere ? "here" : reach.strays.joined(separator: "; ")
    case .accounts, .listeners, .ufw, .packetFilter, .operator, .host: "other than it was"
    }
  }

  /// Where the two part; nil where whole values say it best.
  private static func difference(_ old: Fact, _ new: Fact) -> String? {
    switch (old, new) {
    case (.text(let was), .text(let now)) where was.contains("\n") || now.contains("\n"): lines(was, now)
    case (.output(let was), .output(let now)) where was.status == now.status:
      was.output == now.output ? lines(was.errors, now.errors) : lines(was.output, now.output)
    case (.names(let was), .names(let now)): sets(was, now)
    case (.listeners(let was), .listeners(let now)):
      sets(
        was.map { "\($0.process) on \($0.port)/\($0.transport)" },
        now.map { "\($0.process) on \($0.port)/\($0.transport)" })
    case (.packetFilter(let was), .packetFilter(let now)): sets(was.ipv4 + was.ipv6, now.ipv4 + now.ipv6)
    case (.accounts(let was), .accounts(let now)):
      sets(was.users.values.map(line) + memberships(was), now.users.values.map(line) + memberships(now))
    case (.ufw(let was), .ufw(let now)): sets(was.rules + was.rules6, now.rules + now.rules6)
    case (.host(let was), .host(let now)):
      sets(
        [was.prettyName, was.hostName, was.timeZone] + was.addresses,
        [now.prettyName, now.hostName, now.timeZone] + now.addresses)
    default: nil
    }
  }

  private static func line(_ account: Account) -> String {
    "\(account.name) (uid \(account.uid.map(String.init) ?? "?"), \(account.shell), password \(account.password.rawValue)"
      + "\(account.expires.map { ", expires on day \($0)" } ?? ""))"
  }

  private static func memberships(_ accounts: Accounts) -> [String] {
    accounts.groups.flatMap { group, members in members.map { "\($0) in \(group)" } }
  }

  private static func lines(_ old: String, _ new: String) -> String {
    let (was, now) = (
      old.split(separator: "\n", omittingEmptySubsequences: false),
      new.split(separator: "\n", omittingEmptySubsequences: false)
    )
    let number = zip(was, now).prefix { $0 == $1 }.count
    func line(_ lines: [Substring]) -> String { number < lines.count ? "“\(lines[number])”" : "its end" }
    return "line \(number + 1): \(line(was)) → \(line(now))"
  }

  /// What came and what went.
  private static func sets(_ old: [String], _ new: [String]) -> String? {
    let gone = Set(old).subtracting(new).sorted().map { "gone: \($0)" }
    let come = Set(new).subtracting(old).sorted().map { "new: \($0)" }
    return gone.isEmpty && come.isEmpty ? nil : (gone + come).joined(separator: "; ")
  }
}
