import HostAccess
import HostState
import Planning
import Reporting
import Resources

/// The last look before something is closed: declared administrators log in through what the remaining steps will write.
struct RehearsedLogin {
  /// More than this many administrators are not tried: one who gets in is what counts.
  private static let most = 5

  let session: Session
  let choice: RecipeChoice
  let note: (String) -> Void

  /// - Returns: whether one administrator's whole way in was tried: packet, key, login and sudo.
  /// - Throws: a `Failure` where nobody gets in; one that could not be tried is only said.
  func run(before steps: [PlannedStep]) throws(Failure) -> Bool {
    let tried = PlanRehearsal(choice).run(steps, knowing: session.known)
    for link in tried.links { note(Report.text(of: link)) }
    guard tried.refusals.isEmpty else { throw Failure(tried.refusals) }
    let administrators = choice.administrators
    let rehearsal = LoginRehearsal()
    let inquest = SSHDInquest(session.known)
    let comesFrom = (try? session.known.operator())?.value?.address
    let port = PlanRehearsal.port(after: steps, session.known)
    let overlay = Overlay(planned: steps.map(\.step), on: session.known)
    var refusals: [(name: String, why: String)] = []
    var (hasPassed, isWhole) = (false, false)
    for administrator in administrators.prefix(Self.most) {
      let login = login(of: administrator)
      let connection = comesFrom == nil ? nil : inquest?.visit(by: login.name, port: port)
      switch rehearsal.logIn(login, listener: inquest?.arguments ?? [], over: overlay, from: connection) {
      case .passed:
        if let why = confined(rehearsal, login) {
          refusals.append((login.name, why))
          continue
        }
        hasPassed = true
        if login.withSudo, tried.letsPacketsIn, tried.accepted.contains(login.name) { isWhole = true }
        let sudo = login.withSudo ? ", and sudo makes root" : "; sudo wants \(password(of: login)), which was not tried"
        note("Rehearsed: \(login.name) logs in through the planned configuration\(sudo).")
      case .refused(let why):
        refusals.append((login.name, why))
        note("Rehearsed: \(why).")
      case .notTried(let why): note("Not rehearsed for \(login.name): \(why).")
      }
    }
    if !hasPassed, let first = refusals.first { throw Failure(.nobodyGotIn(first.why)) }
    return isWhole
  }

  /// Why the login does not work under what systemd confines sshd by.
  private func confined(_ rehearsal: LoginRehearsal, _ login: LoginRehearsal.Login) -> String? {
    switch rehearsal.logInConfined(login, confirmingBy: ConfirmCommand.program) {
    case .refused(let why)?:
      note("Rehearsed: \(why).")
      return why
    case .notTried(let why)?: note("Not rehearsed under what systemd confines sshd by, for \(login.name): \(why).")
    case .passed?: note("Rehearsed: \(login.name) logs in under what systemd confines sshd by.")
    case nil: break
    }
    return nil
  }

  private func login(of administrator: Grants.Administrator) -> LoginRehearsal.Login {
    let rights = rights(of: administrator.name)
    return .init(
      administrator.name, keyType: Self.keyType(administrator.keys.first), withSudo: rights?.withoutPassword ?? false,
      atTerminal: rights?.needsTerminal ?? false)
  }

  private func rights(of name: String) -> SudoRights? {
    guard case .there(.output(let result))? = session.known.answer(.output(question: UserSudo.question(name))) else {
      return nil
    }
    return SudoRights(result.output)
  }

  private func password(of login: LoginRehearsal.Login) -> String {
    rights(of: login.name)?.otherPassword.map { "root's password (\($0))" } ?? "a password"
  }

  /// A key on a security token cannot be made here; its plain kin stands in for it.
  private static func keyType(_ key: PublicKey?) -> String {
    guard let type = key?.type else { return "ed25519" }
    if type.contains("ecdsa") { return "ecdsa" }
    return type == "ssh-rsa" ? "rsa" : "ed25519"
  }
}

extension Diagnostic {
  fileprivate static func nobodyGotIn(_ why: String) -> Diagnostic {
    Diagnostic(
      "The rehearsed login failed",
      detail: "Before the first step that closes a way in, a login was tried through the configuration as it would be, "
        + "and no declared administrator got in: \(why). What is done so far closed nothing.",
      fix: "journalctl -t sshd -t sudo -n 20 --no-pager")
  }
}
