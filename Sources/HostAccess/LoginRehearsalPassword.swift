import Glibc
import HostState

/// sudo with a password, where it wants one: with one that is made for this login, since nobody else's is known here.
extension LoginRehearsal {
  /// Whether sudo, which was told to ask for nothing, would have asked for a password.
  static func wantsPassword(_ outcome: ProcessRunner.Outcome) -> Bool {
    guard case .finished(let result) = outcome else { return false }
    return result.output.split(whereSeparator: \.isNewline).last != "0"
      && (result.errors + result.output).contains("a password is required")
  }

  /// Logs in once more, and has sudo make root with a password.
  ///
  /// - Returns: `passed` where that could not be tried; `remark` is told why.
  func becomeRoot(
    _ login: Login, by proxy: String, over laid: Overlay, remark: (String) -> Void
  ) -> Outcome {
    func untried(_ why: String) -> Outcome {
      remark("Not rehearsed for \(login.name): sudo with a password, since \(why).")
      return .passed
    }
    let rules = PAMStack.rules("auth", of: login.sudoService) { (path) -> String? in
      guard case .read(let text) = SmallFile.text(path.text) else { return nil }
      return text
    }
    // What fails with a password may work with what else it wants.
    if let module = PAMStack.stranger(in: rules) {
      return untried("\(module) of /etc/pam.d/\(login.sudoService) may ask for something else")
    }
    let password = LentPassword.random()
    guard let hash = LentPassword.hash(of: password) else { return untried("perl makes no hash of one") }
    let names = Set([login.name, login.passwordOf]).sorted()
    let lent = LentPassword(
      account: login.passwordOf, hash: hash,
      shielded: LentPassword.memories(
        of: names.map { ($0, getpwnam($0)?.pointee.pw_uid) }, rules,
        settings: SafeFiles.lines(of: "/etc/security/faillock.conf").joined(separator: "\n")))
    let mark = getpwnam(login.name).map { Path(String(cString: $0.pointee.pw_dir)) / ".sudo_as_admin_successful" }
    let hadMark = mark.map { access($0.text, F_OK) == 0 } ?? true
    defer { if let mark, !hadMark, SafeFiles.isEmptyFile(mark) { try? SafeFiles.remove(mark) } }
    // A module may ask for it more than once.
    let command = Command(
      Self.client,
      (login.atTerminal ? ["-tt"] : []) + Self.options(login, by: proxy) + [Self.words(atTerminal: login.atTerminal)],
      input: String(repeating: password + "\n", count: Self.copies), timeLimit: Self.timeLimit)
    let start = ContinuousClock.now
    guard let ended = attend(command, over: laid, lending: lent) else { return .noClient }
    if ContinuousClock.now - start >= .seconds(Self.timeLimit) { return .refused(why: Self.noRoot(login)) }
    if case .finished(let result) = ended, let failure = OverlayHelper.failure(in: result) {
      return untried(failure.isForbidden ? "this host allows no mount namespace" : failure.reason)
    }
    switch Self.judge(ended, login, with: password) {
    case .notTried(let why, _): return untried(why)
    case let outcome: return outcome
    }
  }

  private static let copies = 3

  /// With `-k` sudo takes nobody at their word of before, and remembers nothing. At a terminal it reads from a pipe: what
  /// is typed before it makes that silent may be lost.
  private static func words(atTerminal: Bool) -> String {
    "echo; id -un && \(atTerminal ? "head -n \(copies) | " : "")env LC_ALL=C sudo -k -S -p '' env id -u"
  }

  private static func noRoot(_ login: Login) -> String {
    "\(login.name) gets in, but sudo, with a password that is right, makes no root within \(timeLimit) seconds"
  }

  static func judge(_ outcome: ProcessRunner.Outcome, _ login: Login, with password: String) -> Outcome {
    guard case .finished(let said) = outcome else {
      if case .outOfTime = outcome { return .refused(why: noRoot(login)) }
      return judge(outcome, login)
    }
    // A terminal repeats what is typed.
    let result = CommandResult(
      status: said.status, output: said.output.replacing(password, with: ""),
      // It ends with this also where PAM refused the account, which it says before.
      errors: said.errors.replacing(password, with: "").replacing("\nsudo: a password is required", with: ""))
    let asked = Login(login.name, keyType: login.keyType, withSudo: true, atTerminal: login.atTerminal)
    switch judge(.finished(result), asked) {
    case .passed: return .passedByPassword
    case .refused(let why):
      return .refused(
        why: why.replacing(
          "sudo does not make root:",
          with: "sudo does not make root, though it was given the right password (one of the rehearsal's own):"))
    case let other: return other
    }
  }
}
