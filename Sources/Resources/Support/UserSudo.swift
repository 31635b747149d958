/// What sudo lets one account do: asked of sudo itself, granted in a file of its own in `/etc/sudoers.d`.
package struct UserSudo {
  let account: Account
  let subject: String
  let isNew: Bool

  init(_ account: Account, subject: String, isNew: Bool) {
    (self.account, self.subject, self.isNew) = (account, subject, isNew)
  }

  /// sudoers(5) does not read names with a dot. 99 since the last rule that matches decides.
  static func file(_ name: String) -> Path {
    let safe = name.map { $0 == "." || $0 == "~" ? "+" : $0 }
    return "/etc/sudoers.d" / (SudoersText.prefix + String(safe))
  }

  /// The rules in force.
  package static func question(_ name: String) -> Question { SudoRights.question(name) }

  static func probes(_ account: Account, isThere: Bool, _ known: Observations) -> Set<Probe> {
    var probes = ownedFileProbes(file(account.name)).union([.package(name: "sudo")])
    probes.formUnion(SudoersCheck.probes(before: file(account.name), known))
    guard isThere, (try? known.hasPackage("sudo")) == true else { return probes }
    probes.insert(.output(question: question(account.name)))
    if case .there(.output(let result))? = known.answer(.output(question: question(account.name))),
      SudoRights.complaint(result) != nil
    {
      probes.formUnion([.accounts, .contents(path: SudoSilence.switches)])
    }
    return probes
  }

  func grant(_ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    let path = Self.file(account.name)
    if try !host.hasPackage("sudo") {
      proposal.changes.append(Change("package sudo", from: nil, to: "installed"))
      proposal.steps.append(Step(.install(packages: ["sudo"])))
    }
    let rights = try rights(host)
    if let rights, rights.everything, let futility = rights.futility { throw .futile(account.name, futility) }
    let isOurs = try host.file(path) != .absent
    // Whoever already has sudo, with a password that can be typed or without one, keeps just that.
    let accounts = try host.accounts().value
    if !isOurs, let rights, rights.everything, rights.withoutPassword || rights.obstacle(to: account, accounts) == nil {
      return
    }
    let file = try ownedFile(
      path, contents: text, mode: 0o440, subject: path.text, risk: .opens,
      check: SudoersCheck.command,
      requires: [.package("sudo"), .account(account.name)],
      on: host)
    if file.steps.isEmpty, let rights, !(rights.everything && rights.withoutPassword) {
      throw .notGranted(account.name, path)
    }
    try SudoersCheck.require(before: file.steps, on: host)
    guard !file.steps.isEmpty else { return }
    proposal.steps += file.steps
    if !isNew {
      let asked = account.password == .doubtful ? "may be none (letters as of crypt's DES)" : "is not set"
      let before = rights.map { $0.everything ? "with a password that \(asked)" : "none" }
      proposal.changes.append(
        Change(subject, "sudo", from: isOurs ? "other text in \(path)" : before, to: "without password", risk: .opens))
    }
  }

  private var text: String {
    "# Made by harden: \(account.name) logs in by key and has no password that sudo could ask for.\n"
      + "\(account.name) ALL=(ALL:ALL) NOPASSWD: ALL\n"
  }

  /// Nil where sudo cannot be asked yet.
  ///
  /// - Throws: a `Diagnostic` where it gives no answer: `requiretty` concerns root, too.
  private func rights(_ host: Observations) throws(Diagnostic) -> SudoRights? {
    guard !isNew, try host.hasPackage("sudo") else { return nil }
    let question = Self.question(account.name)
    let answer = try host.output(question)
    guard answer != .moved, let result = try answer.known(question.command.description) else { return nil }
    if let silence = SudoSilence(result, host) { throw silence.diagnostic(about: account.name) }
    return SudoRights(result.output)
  }
}

extension Diagnostic {
  fileprivate static func futile(_ name: String, _ why: String) -> Diagnostic {
    Diagnostic(
      "sudo makes no administrator",
      detail:
        "\(name) may use sudo for everything, but \(why). Once root may not log in any more, nobody could do more "
        + "than that.",
      fix: "grep -rnE 'noexec|NOEXEC|runas_default' /etc/sudoers /etc/sudoers.d", address: "user:\(name)")
  }

  fileprivate static func notGranted(_ name: String, _ path: Path) -> Diagnostic {
    Diagnostic(
      "sudo does not obey its rule",
      detail: "\(path) gives \(name) everything without a password, but sudo itself says otherwise. The last rule that "
        + "matches decides, so a later file or line takes it back, or /etc/sudoers does not include /etc/sudoers.d.",
      fix: "sudo -l -U \(name); grep -r \(Command.quoted(name)) /etc/sudoers /etc/sudoers.d", address: "user:\(name)")
  }
}
