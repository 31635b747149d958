/// The keys of one account, owned line by line.
struct UserKeys {
  let account: Account
  let subject: String
  /// Whether the account is yet to be made.
  var isNew = false
  /// Whether the recipe no longer declares the account: only what harden gave is looked at.
  var isFormer = false

  init(_ account: Account, subject: String) { (self.account, self.subject) = (account, subject) }

  static let ledgers: Path = "/etc/harden/keys"

  /// Which keys harden put there: a line with type and key for each, for root alone.
  static func ledger(_ name: String) -> Path { ledgers / name }

  static func probes(_ account: Account, _ known: Observations) -> Set<Probe> {
    var probes = SSHDInquest.groundwork.union(ownedFileProbes(ledger(account.name)))
    guard let inquest = SSHDInquest(known) else { return probes }
    probes.formUnion(inquest.settingsProbes)
    if let question = question(account, inquest) { probes.insert(.output(question: question)) }
    for path in files(account, known, inquest) {
      probes.formUnion([.file(path: path), .contents(path: path), .file(path: path.parent)])
    }
    return probes
  }

  /// Where sshd looks for keys of the account: `sshd -T` is asked for it alone where a `Match` may say otherwise.
  ///
  /// It answers for an account that is yet to be made, too, as one without groups.
  private static func question(_ account: Account, _ inquest: SSHDInquest) -> Question? {
    guard inquest.isInstalled, inquest.files.missing.isEmpty else { return nil }
    return inquest.question(for: account)
  }

  private static func files(_ account: Account, _ known: Observations, _ inquest: SSHDInquest?) -> [Path] {
    let usual = [account.home / ".ssh/authorized_keys"]
    guard let inquest, let question = question(account, inquest),
      case .there(.output(let result))? = known.answer(.output(question: question)),
      let effective = SSHDEffective.of(result)
    else { return usual }
    // Those that are named by the account's number come last: there is none before it is made, and the choice must last.
    var unnumbered = account
    unnumbered.uid = nil
    let lasting = effective.keyFiles(of: unnumbered)
    return lasting + effective.keyFiles(of: account).filter { !lasting.contains($0) }
  }

  /// What sshd has in force for the account under a keyword.
  private static func setting(_ keyword: String, _ account: Account, _ known: Observations) -> String? {
    guard let inquest = SSHDInquest(known), let question = question(account, inquest),
      case .there(.output(let result))? = known.answer(.output(question: question))
    else { return nil }
    return SSHDEffective.of(result)?[keyword]
  }

  /// The program that tells sshd the account's keys, where there is one.
  private static func command(_ account: Account, _ known: Observations) -> String? {
    guard let command = setting("authorizedkeyscommand", account, known), command != "none" else { return nil }
    return command
  }

  /// Makes the declared keys the account's, takes away those that are declared no longer.
  func settle(
    keys: [PublicKey], exclusive: Bool, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    let files = Self.files(account, host, SSHDInquest(host))
    guard let file = files.first else {
      if account.uid == nil, let pattern = Self.setting("authorizedkeysfile", account, host), pattern.contains("%U") {
        throw .numberedKeyFile(account.name, pattern)
      }
      throw .noKeyFile(account.name, Self.command(account, host))
    }
    let ledger = try KeyLedger(host.contents(Self.ledger(account.name)).known(Self.ledger(account.name).text) ?? "")
    let declared = Set(keys.map(\.blob))
    // Its text is not read either, and that would be all there is to say.
    if let kind = try host.file(file).known(file.text)?.kind, kind != .file {
      throw .keyPathIsLink(account.name, file)
    }
    let text = try host.contents(file).known(file.text)
    let found = AuthorizedKeys(text ?? "")

    let missing = keys.filter { key in !found.entries.contains { $0.key?.blob == key.blob && $0.opensShell } }
    let leaving = found.entries.filter { entry in
      guard let key = entry.key else { return exclusive && entry.isKeyLine }
      // A declared key with options that refuse a login makes way for its plain line: the first that matches counts.
      if declared.contains(key.blob) { return !entry.opensShell }
      return exclusive || ledger.keys.contains(key.blob)
    }
    if !isFormer {
      try settleDirectory(file.parent, isNeeded: text != nil || !missing.isEmpty, &proposal, on: host)
      try settleModes(file, &proposal, on: host)
    }
    add(missing, to: file, found, &proposal)
    remove(
      leaving, from: file, AuthorizedKeys(found.text(removing: { _ in false }, adding: missing.map(\.line))), &proposal)
    for other in found.entries where !leaving.contains(other) {
      guard let key = other.key, !declared.contains(key.blob) else { continue }
      proposal.notes.append("\(account.name) also lets in \(other.shown(key)), which the recipe does not declare.")
    }
    try others(files.dropFirst().map { $0 }, declared, exclusive: exclusive, &proposal, on: host)
    guard !isFormer else { return }
    try remember(KeyLedger(keys: declared, lines: keys.map { "\($0.type) \($0.blob)" }), &proposal, on: host)
  }

  /// The directory that holds the key file. Where that lies in the home, it is the account's own, 0700.
  private func settleDirectory(
    _ directory: Path, isNeeded: Bool, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    let isHome = directory == account.home
    guard isNeeded, !isHome else { return }
    let isInHome = directory.isWithin(account.home)
    let (mode, owner): (FileMode, Owner) = isInHome ? (0o700, account.owner) : (0o755, .root)
    guard let status = try host.file(directory).known(directory.text) else {
      proposal.changes += isNew ? [] : [Change(subject, directory.text, from: nil, to: "\(mode) \(owner)")]
      proposal.steps.append(
        Step(
          .makeDirectory(path: directory, mode: mode, owner: owner), requires: isInHome ? [.path(account.home)] : []))
      return
    }
    guard status.kind == .directory else { throw .keyPathIsLink(account.name, directory) }
    if status.owner.user != owner.user {
      proposal.changes.append(
        Change(subject, "owner of \(directory)", from: "\(status.owner)", to: "\(owner)", risk: .opens))
      proposal.steps.append(
        Step(.setOwner(path: directory, owner: owner), risk: .opens, requires: [.account(account.name)]))
    }
    if isInHome ? status.mode != mode : status.mode.rawValue & 0o022 != 0 {
      proposal.changes.append(
        Change(subject, "mode of \(directory)", from: "\(status.mode)", to: "\(mode)", risk: .opens))
      proposal.steps.append(Step(.setMode(path: directory, mode: mode), risk: .opens))
    }
  }

  /// Mode and owner of a key file. One outside of the home is read as the account, so it is root's and readable.
  private func fileMode(_ file: Path) -> (mode: FileMode, owner: Owner) {
    file.isWithin(account.home) ? (0o600, account.owner) : (0o644, .root)
  }

  private func settleModes(
    _ file: Path, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    guard let status = try host.file(file).known(file.text) else { return }
    let (mode, owner) = fileMode(file)
    if status.owner.user != owner.user {
      proposal.changes.append(
        Change(
          subject, "owner of \(file)", from: "\(status.owner)", to: "\(owner)", risk: .opens,
          warning: "sshd takes no key from a file that its account cannot read"))
      proposal.steps.append(
        Step(.setOwner(path: file, owner: owner), risk: .opens, requires: [.account(account.name)]))
    }
    if status.mode != mode {
      proposal.changes.append(
        Change(subject, "mode of \(file)", from: "\(status.mode)", to: "\(mode)", risk: .opens))
      proposal.steps.append(Step(.setMode(path: file, mode: mode), risk: .opens))
    }
  }

  private func add(
    _ keys: [PublicKey], to file: Path, _ found: AuthorizedKeys, _ proposal: inout Proposal
  ) {
    guard !keys.isEmpty else { return }
    if !isNew {
      proposal.changes += keys.map { Change(subject, "key", from: nil, to: $0.shown, risk: .opens) }
    }
    write(found.text(removing: { _ in false }, adding: keys.map(\.line)), to: file, risk: .opens, &proposal)
  }

  private func remove(
    _ entries: [AuthorizedKeys.Entry], from file: Path, _ found: AuthorizedKeys, _ proposal: inout Proposal
  ) {
    guard !entries.isEmpty else { return }
    for entry in entries {
      let shown = entry.key.map(\.shown) ?? "a line that harden cannot read"
      let options = entry.options.isEmpty ? "" : ", with \(entry.options)"
      proposal.changes.append(Change(subject, "key", from: shown + options, to: nil, risk: .closes))
    }
    write(found.text(removing: { entries.contains($0) }, adding: []), to: file, risk: .closes, &proposal)
  }

  private func write(_ text: String, to file: Path, risk: Risk, _ proposal: inout Proposal) {
    let (mode, owner) = fileMode(file)
    proposal.steps.append(
      Step(
        .write(path: file, contents: text, mode: mode, owner: owner, check: nil), risk: risk,
        requires: [.account(account.name)]))
  }

  /// Key files that sshd also reads: Debian's default names `authorized_keys2`.
  private func others(
    _ files: [Path], _ declared: Set<String>, exclusive: Bool, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    for file in files {
      guard let text = try host.contents(file).known(file.text) else { continue }
      let entries = AuthorizedKeys(text).entries.filter(\.isKeyLine)
      if exclusive, !entries.isEmpty {
        for entry in entries {
          proposal.changes.append(
            Change(subject, "key in \(file)", from: entry.key?.shown ?? "a line", to: nil, risk: .closes))
        }
        proposal.steps.append(Step(.remove(path: file, check: nil), risk: .closes))
      } else {
        for entry in entries {
          guard let key = entry.key, !declared.contains(key.blob) else { continue }
          proposal.notes.append("\(account.name) also lets in \(entry.shown(key)) from \(file).")
        }
      }
    }
  }

  private func remember(_ ledger: KeyLedger, _ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    let path = Self.ledger(account.name)
    let isThere = try host.file(path) != .absent
    guard isThere || !ledger.keys.isEmpty else { return }
    // The folder above it is there before the first step: apply writes down there which recipe is the host's.
    if try host.file(Self.ledgers) == .absent {
      proposal.steps.append(Step(.makeDirectory(path: Self.ledgers, mode: 0o700, owner: .root)))
    }
    let file = try ownedFile(
      path, contents: ledger.text, mode: 0o600, subject: path.text, requires: [.path(Self.ledgers)], on: host)
    let writes = file.steps.filter {
      if case .makeDirectory = $0.action { false } else { true }
    }
    proposal.steps += writes
    guard proposal.changes.isEmpty, !proposal.steps.isEmpty else { return }
    proposal.changes.append(
      Change(
        subject, "keys that harden answers for", from: isThere ? "others" : nil,
        to: ledger.keys.isEmpty ? "none" : "\(ledger.keys.count)"))
  }
}

extension AuthorizedKeys.Entry {
  /// Whether sshd would try it: no comment, not empty.
  var isKeyLine: Bool {
    let first = line.utf8.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
    return first != nil && first != UInt8(ascii: "#")
  }

  /// Whether it lets in by certificates that its key signed, and not by the key.
  var isAuthority: Bool { KeyOptions(options).isAuthority }

  /// Whom its key lets in.
  func shown(_ key: PublicKey) -> String { isAuthority ? key.shownAsAuthority : key.shown }

  /// Whether the key gets a shell from everywhere: its options, if any, take nothing of that.
  var opensShell: Bool {
    let harmless: Set<String> = [
      "agent-forwarding", "no-agent-forwarding", "no-port-forwarding", "no-user-rc", "no-x11-forwarding",
      "port-forwarding", "pty", "user-rc", "x11-forwarding",
    ]
    return options.split(separator: ",").allSatisfy { harmless.contains($0.lowercased()) }
  }
}

extension Diagnostic {
  fileprivate static func noKeyFile(_ name: String, _ command: String?) -> Diagnostic {
    Diagnostic(
      "No file for keys",
      detail: "sshd looks for keys of \(name) in no file: AuthorizedKeysFile is “none” in its configuration."
        + (command.map { " It asks “\($0)” for them (AuthorizedKeysCommand), which harden can give no key." } ?? "")
        + " Where it says so, set “AuthorizedKeysFile .ssh/authorized_keys”"
        + (command == nil ? ":" : "; the command is asked all the same:"),
      fix: "grep -rin authorizedkeysfile /etc/ssh", address: "user:\(name)")
  }

  fileprivate static func numberedKeyFile(_ name: String, _ pattern: String) -> Diagnostic {
    Diagnostic(
      "No file for keys",
      detail: "sshd looks for keys of \(name) in a file that is named by the account's number (AuthorizedKeysFile "
        + "\(pattern)), and there is none before the account is made. Make it, then plan again:",
      fix: "sudo useradd -m -s /bin/bash \(name)", address: "user:\(name)")
  }

  fileprivate static func keyPathIsLink(_ name: String, _ path: Path) -> Diagnostic {
    Diagnostic(
      "Keys behind a link",
      detail:
        "\(path) of \(name) is a link, or something else that sshd does not expect there. harden follows no links in a "
        + "directory that a user can write: whoever owns it could point them anywhere.",
      fix: "ls -l \(Command.quoted(path.text))", address: "user:\(name)")
  }
}
