/// A JSON file with an application's secrets and switches, readable by root and one group.
///
///     SecretsFile("/etc/django_config.json", group: "www-data") {
///       Generated("SECRET_KEY", characters: 64)
///       Value("ALLOWED_HOSTS", ["example.com", "www.example.com"])
///       Value("DEBUG", "False")
///     }
///
/// Generated values are made on the host from the kernel's generator, never shown and never replaced. Declared ones are
/// enforced. Keys that are not declared are the owner's and stay as they are.
public struct SecretsFile: Resource {
  package let path: Path
  package let mode: FileMode
  package let owner: Owner
  let entries: [SecretsEntry]

  /// The keys whose values the recipe decides, in its order.
  package var keys: [String] { entries.map(\.key) }

  public init(
    _ path: Path, group: String, mode: FileMode = 0o640, @SecretsBuilder _ entries: () -> [SecretsEntry]
  ) {
    (self.path, self.mode, self.owner, self.entries) = (path, mode, Owner("root", group), entries())
  }

  public var address: String { "secrets:\(path)" }

  public static var examples: [SecretsFile] {
    [
      SecretsFile("/etc/django_config.json", group: "www-data") {
        Generated("SECRET_KEY", characters: 64)
        Value("ALLOWED_HOSTS", ["example.com"])
        Value("DEBUG", "False")
        Value("HTTPS", onceCertified: "example.com")
      }
    ]
  }

  public func probes(given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.secrets(path: path, open: openKeys), .file(path: path), .file(path: path.parent)]
    for entry in entries {
      if case .onceCertified(let name) = entry.kind { probes.insert(.file(path: Lineage(name).chain)) }
    }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    try check()
    let found: [String: SecretsState.Value]?
    switch try host.secrets(path, open: openKeys) {
    case .there(let state): found = state.keys
    case .absent: found = nil
    case .unreadable(let reason): throw .notUnderstood(path, reason)
    case .moved: throw .bug("\(path) is changed by a planned step of another resource.", address: address)
    }
    var rule = SecretsRule(path: path, mode: mode, owner: owner, generated: [:], declared: [:])
    var proposal = Proposal()
    var requirements: [Requirement] = [.group(owner.group)]
    if found == nil { proposal.changes.append(Change(path.text, from: nil, to: "\(mode) \(owner)")) }
    for entry in entries {
      switch entry.kind {
      case .generated(let characters): propose(entry.key, characters, found?[entry.key], &rule, &proposal)
      case .value(let json): propose(entry.key, json, found?[entry.key], &rule, &proposal)
      case .onceCertified(let name):
        let isCertified = try host.file(Lineage(name).chain).known(Lineage(name).chain.text) != nil
        propose(entry.key, isCertified ? "\"on\"" : "\"off\"", found?[entry.key], &rule, &proposal)
        // An application that leads its visitors to HTTPS before it is there leads them nowhere.
        if isCertified { requirements.append(.path(Lineage(name).chain)) }
      }
    }
    if found != nil, let status = try host.file(path).known(path.text) {
      if status.mode != mode {
        proposal.changes.append(Change(path.text, "mode", from: "\(status.mode)", to: "\(mode)"))
      }
      if status.owner != owner {
        proposal.changes.append(Change(path.text, "owner", from: "\(status.owner)", to: "\(owner)"))
      }
      // Who is named in its access list may read it whatever its owner and group: the mode's group is that list's mask.
      let others = status.grants(beyond: mode)
      if !others.isEmpty {
        let names = others.map(\.description).joined(separator: " ")
        proposal.changes.append(Change(path.text, Change.accessList, from: names, to: "none"))
      }
    }
    guard !proposal.changes.isEmpty else { return proposal }
    if try host.file(path.parent) == .absent {
      proposal.steps.append(Step(.makeDirectory(path: path.parent, mode: 0o755, owner: .root)))
    }
    proposal.steps.append(Step(.settleSecrets(rule: rule), requires: requirements))
    return proposal
  }

  private var openKeys: [String] {
    entries.filter { if case .generated = $0.kind { false } else { true } }.map(\.key).sorted()
  }

  private func propose(
    _ key: String, _ characters: Int, _ found: SecretsState.Value?, _ rule: inout SecretsRule,
    _ proposal: inout Proposal
  ) {
    let length: Int
    switch found {
    case .hidden(let characters)?: length = characters
    case .open(let json)?: length = json.count - 2
    case nil: length = 0
    }
    guard length <= 0 else {
      // A key that is in use is never replaced: sessions and signed links hang on it.
      if length < characters {
        proposal.notes.append("\(path): \(key) has \(length) characters, fewer than \(characters); it is kept")
      }
      return
    }
    rule.generated[key] = characters
    proposal.changes.append(
      Change(
        path.text, key, from: found == nil ? nil : "empty", to: "\(characters) random characters, made on the host"))
  }

  private func propose(
    _ key: String, _ json: String, _ found: SecretsState.Value?, _ rule: inout SecretsRule, _ proposal: inout Proposal
  ) {
    rule.declared[key] = json
    var before: String?
    if case .open(let text)? = found { before = text }
    guard before != json else { return }
    proposal.changes.append(Change(path.text, key, from: before, to: json))
  }

  private func check() throws(Diagnostic) {
    var seen: Set<String> = []
    for entry in entries {
      guard !entry.key.isEmpty, entry.key.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
        throw .notAKey(entry.key)
      }
      guard seen.insert(entry.key).inserted else { throw .declaredTwice(entry.key, path) }
      switch entry.kind {
      case .generated(let characters):
        guard characters >= 32 else { throw .tooShort(entry.key, characters) }
      case .onceCertified(let name): _ = try SiteNames([name])
      case .value: break
      }
    }
  }
}

extension Diagnostic {
  fileprivate static func notUnderstood(_ path: Path, _ reason: String) -> Diagnostic {
    let name = Command.quoted(path.text)
    let (fix, kind): (String, Kind?) =
      switch SecretsState.Fault(rawValue: reason) {
      case .byteOrderMark?: ("sudo sed -i '1s/^\\xEF\\xBB\\xBF//' \(name)", nil)
      case .notJSON?: ("sudo python3 -m json.tool \(name) >/dev/null", nil)
      case nil: ("ls -ld \(name)", .unreadable)
      }
    return Diagnostic(
      "Secrets file not understood",
      detail: "\(path) could not be read: \(reason). What is in it is kept, so it is not written anew.", fix: fix,
      kind: kind)
  }

  fileprivate static func notAKey(_ key: String) -> Diagnostic {
    Diagnostic(
      "Not a key", detail: "“\(key)” cannot name a value of the secrets file: use letters, digits and “_”.",
      fix: "Generated(\"SECRET_KEY\", characters: 64)")
  }

  fileprivate static func declaredTwice(_ key: String, _ path: Path) -> Diagnostic {
    Diagnostic("Key declared twice", detail: "\(path) declares “\(key)” twice.", fix: "Remove one of the two.")
  }

  fileprivate static func tooShort(_ key: String, _ characters: Int) -> Diagnostic {
    Diagnostic(
      "Secret too short", detail: "\(key) is to have \(characters) characters; fewer than 32 can be guessed.",
      fix: "Generated(\"\(key)\", characters: 64)")
  }
}
