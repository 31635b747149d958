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
  /// - Throws: a `Failure` where nobody gets in, or where that could be tried of nobody.
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
    var untried: Diagnostic?
    var (hasPassed, isWhole) = (false, false)
    for administrator in administrators.prefix(Self.most) {
      let login = login(of: administrator)
      let connection = comesFrom == nil ? nil : inquest?.visit(by: login.name, port: port)
      let outcome = rehearsal.logIn(
        login, listener: inquest?.arguments ?? [], over: overlay, from: connection, remark: note)
      switch outcome {
      case .passed, .passedAsIs, .passedByPassword:
        switch rehearsal.logInConfined(login, confirmingBy: ConfirmCommand.program) {
        case .refused(let why)?:
          note("Rehearsed: \(why).")
          refusals.append((login.name, why))
          continue
        case .notTried(let why, let fix)?:
          note("Not rehearsed under what systemd confines sshd by, for \(login.name): \(why).")
          untried = untried ?? .notRehearsed(login.name, why, fix)
          continue
        case .beyond(let why)?:
          note("Not rehearsed under what systemd confines sshd by, for \(login.name): \(why).")
        case .passed?, .passedAsIs?, .passedByPassword?:
          note("Rehearsed: \(login.name) logs in under what systemd confines sshd by.")
        case nil: break
        }
        hasPassed = true
        let isPlanned = outcome != .passedAsIs
        let hasRoot = login.withSudo || outcome == .passedByPassword
        if isPlanned, hasRoot, tried.letsPacketsIn, tried.accepted.contains(login.name) { isWhole = true }
        let sudo =
          if outcome == .passedByPassword {
            ", and becomes root with \(password(of: login)) (not the real one: one of the rehearsal's)"
          } else if login.withSudo {
            ", and sudo makes root"
          } else {
            "; sudo wants \(password(of: login)), which was not tried"
          }
        note("Rehearsed: \(login.name) logs in through the \(isPlanned ? "planned " : "")configuration\(sudo).")
        if !isPlanned {
          note("That was the one in force: this host allows no mount namespace to lay the planned one over it.")
        }
      case .refused(let why):
        refusals.append((login.name, why))
        note("Rehearsed: \(why).")
      case .notTried(let why, let fix):
        note("Not rehearsed for \(login.name): \(why).")
        untried = untried ?? .notRehearsed(login.name, why, fix)
      case .beyond(let why): note("Not rehearsed for \(login.name): \(why).")
      }
    }
    if !hasPassed, let first = refusals.first { throw Failure(.nobodyGotIn(first.why)) }
    if !hasPassed, let untried { throw Failure(untried) }
    return isWhole
  }

  private func login(of administrator: Grants.Administrator) -> LoginRehearsal.Login {
    let rights = rights(of: administrator.name)
    return .init(
      administrator.name, keyType: Self.keyType(administrator.keys.first), withSudo: rights?.withoutPassword ?? false,
      atTerminal: rights?.needsTerminal ?? false, passwordOf: rights?.otherPassword.map { _ in "root" },
      sudoService: rights?.pamService ?? "sudo")
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
      detail: "Before the first step that may close a way in, a login was tried through the configuration as it would "
        + "be, and no declared administrator got in: \(why). What is done so far closed nothing.",
      fix: "journalctl -t sshd -t sudo -n 20 --no-pager")
  }

  fileprivate static func notRehearsed(_ name: String, _ why: String, _ fix: String?) -> Diagnostic {
    Diagnostic(
      "No login could be rehearsed",
      detail: "Before the first step that may close a way in, a login is tried through the configuration as it would "
        + "be. That of \(name) could not be: \(why). What is done so far closed nothing.",
      fix: fix ?? "Mend what is said above, then run: harden apply")
  }
}
