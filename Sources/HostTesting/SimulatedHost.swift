import HostState

/// A host made of tables: answers every probe, so that resources and plans are tested without a machine.
///
///     var host = SimulatedHost.debian(12)
///     host.entries["/etc/motd"] = .file("hello\n")
///     host.accounts.users["bob"] = …
///
/// A table says all there is: what is not in it is absent. `asking` answers the questions to programs.
public struct SimulatedHost: Sendable {
  /// Files, links and directories. Parents of an entry are directories 0755 root:root unless they are listed.
  public var entries: [Path: PlannedEntry] = [:]
  /// Kinds that `PlannedEntry` has no word for: sockets, FIFOs, device nodes.
  public var oddities: [Path: FileStatus] = [:]
  public var secrets: [Path: SecretsState] = [:]
  public var accounts: Accounts
  public var packages: [String: PackageState] = [:]
  /// What apt would install of packages that are missing.
  public var candidates: [String: Candidate] = [:]
  public var units: [String: UnitState] = [:]
  /// Units whose daemon runs with something older than what is on disk.
  public var stale: Set<String> = []
  public var listeners: [Listener] = []
  public var ufw: UFWFiles?
  public var packetFilter = PacketFilter(ipv4: [], ipv6: [], otherTables: [])
  public var visitor: Operator
  public var facts: HostFacts
  public var sysctls: [String: String] = [:]
  public var certificates: [Path: CertificateFacts] = [:]
  /// Where names lead; without it they have no address.
  public var reach: Reach?
  /// Answers that differ from what the tables give, for instance unreadable ones.
  public var overrides: [Probe: Answer<Fact>] = [:]
  /// Programs: the first that knows the question answers it. The host it is given has the planned writes in its tables.
  public var programs: [@Sendable (Question, SimulatedHost) -> Answer<CommandResult>?] = []

  public init(accounts: Accounts, visitor: Operator, facts: HostFacts) {
    (self.accounts, self.visitor, self.facts) = (accounts, visitor, facts)
  }

  /// Adds a program, asked before those that are there.
  public mutating func asking(_ program: @escaping @Sendable (Question, SimulatedHost) -> Answer<CommandResult>?) {
    programs.insert(program, at: 0)
  }

  public func answer(_ inquiry: Inquiry) -> Answer<Fact> {
    laying(inquiry.overlay).answer(inquiry.probe)
  }

  /// The host with planned writes done.
  public func laying(_ overlay: Overlay) -> SimulatedHost {
    var host = self
    for (path, entry) in overlay.entries { host.entries[path] = entry == .removed ? nil : entry }
    for change in overlay.accounts { change.apply(to: &host.accounts) }
    return host
  }

  public func answer(_ probe: Probe) -> Answer<Fact> {
    if let answer = overrides[probe] { return answer }
    switch probe {
    case .file(let path): return there(status(of: path).map(Fact.file))
    case .contents(let path): return contents(of: path)
    case .secrets(let path, let open): return there(secrets[path].map { .secrets($0.revealing(open)) })
    case .names(let directory): return names(in: directory)
    case .tree(let rule): return there(report(on: rule).map(Fact.tree))
    case .accounts: return .there(value: .accounts(accounts))
    case .package(let name): return there(packages[name].map(Fact.package))
    case .candidate(let package): return there(candidates[package].map(Fact.candidate))
    case .unit(let name): return there(units[name].map(Fact.unit))
    case .listeners: return .there(value: .listeners(listeners))
    case .ufw: return there(ufw.map(Fact.ufw))
    case .packetFilter: return .there(value: .packetFilter(packetFilter))
    case .operator: return .there(value: .operator(visitor))
    case .host: return .there(value: .host(facts))
    case .sysctl(let key): return there(sysctls[key].map(Fact.text))
    case .stale(let unit, _): return there(units[unit]?.isActive == true ? .flag(stale.contains(unit)) : nil)
    case .certificate(let path): return there(certificates[path].map(Fact.certificate))
    case .reach(let question): return .there(value: .reach(reach ?? Reach(places: [], homeless: question.names)))
    case .output(let question):
      for program in programs {
        guard let answer = program(question, self) else { continue }
        return answer.map { Fact.output($0) } ?? .absent
      }
      return .absent
    }
  }

  private func there(_ fact: Fact?) -> Answer<Fact> { fact.map { .there(value: $0) } ?? .absent }
}

// MARK: Files

extension SimulatedHost {
  public func status(of path: Path) -> FileStatus? {
    if let oddity = oddities[path] { return oddity }
    switch entries[path] {
    case .file(_, let mode, let owner)?: return FileStatus(kind: .file, mode: mode, owner: owner)
    case .directory(let mode, let owner)?: return FileStatus(kind: .directory, mode: mode, owner: owner)
    case .link(let target)?: return FileStatus(kind: .link(target: target), mode: 0o777, owner: .root)
    case .removed?: return nil
    case nil: break
    }
    let isParent = path == "/" || entries.keys.contains { $0 != path && $0.isWithin(path) }
    return isParent ? FileStatus(kind: .directory, mode: 0o755, owner: .root) : nil
  }

  /// Text of a file, links followed.
  public func text(of path: Path, hops: Int = 8) -> String? {
    switch entries[path] {
    case .file(let contents, _, _)?: return contents
    case .link(let target)? where hops > 0:
      return text(of: Self.resolved(target, from: path.parent), hops: hops - 1)
    default: return nil
    }
  }

  private static func resolved(_ target: String, from folder: Path) -> Path {
    var parts: [Substring] = []
    for part in (target.hasPrefix("/") ? target : "\(folder)/\(target)").split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return Path(parts.joined(separator: "/"))
  }

  private func contents(of path: Path) -> Answer<Fact> {
    guard status(of: path) != nil else { return .absent }
    guard let text = text(of: path) else { return .unreadable(reason: "it is not a file") }
    return .there(value: .text(text))
  }

  private func names(in directory: Path) -> Answer<Fact> {
    guard let status = status(of: directory) else { return .absent }
    guard status.kind == .directory else { return .unreadable(reason: "it is not a directory") }
    var names: Set<String> = []
    for path in Array(entries.keys) + Array(oddities.keys) where path != directory && path.isWithin(directory) {
      let rest = path.text.dropFirst(directory == "/" ? 1 : directory.text.count + 1)
      names.insert(String(rest.prefix { $0 != "/" }))
    }
    return .there(value: .names(names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }))
  }

  private func report(on rule: TreeRule) -> TreeReport? {
    guard status(of: rule.root) != nil else { return nil }
    var report = TreeReport(entries: 0, offences: 0)
    for path in Set(entries.keys).union([rule.root]).sorted() where path.isWithin(rule.root) {
      guard let found = status(of: path) else { continue }
      report.entries += 1
      guard let wanted = rule.wanted(at: path, found: found) else { continue }
      report.offences += 1
      report.examples.append(
        .init(path: path.text, found: "\(found.mode) \(found.owner)", wanted: "\(wanted.mode) \(wanted.owner)"))
    }
    return report
  }
}

extension PlannedEntry {
  /// A file, 0644 root:root unless said otherwise.
  public static func file(_ contents: String, _ mode: FileMode = 0o644, _ owner: Owner = .root) -> PlannedEntry {
    .file(contents: contents, mode: mode, owner: owner)
  }
  public static func directory(_ mode: FileMode, _ owner: Owner = .root) -> PlannedEntry {
    .directory(mode: mode, owner: owner)
  }
}

extension SecretsState {
  /// Hides the values of all keys but these.
  fileprivate func revealing(_ open: [String]) -> SecretsState {
    var state = self
    for (key, value) in keys where !open.contains(key) {
      if case .open(let json) = value { state.keys[key] = .hidden(characters: max(0, json.count - 2)) }
    }
    return state
  }
}
