import Glibc
import HostState

/// sudo on a host that shuts root out.
///
/// Before it tells what somebody may do, sudo has PAM look at the account of whoever asks, and that is root's: with its
/// password over age, or past its end, it tells nothing, although the other's sudo works, which asks PAM about the other
/// alone. So it is asked once more with root's account open, in a mount namespace of its own.
enum SudoAsRoot {
  /// What was asked about somebody's rights and not answered.
  static func unanswered(_ answers: [Inquiry: Answer<Fact>]) -> [Inquiry] {
    answers.compactMap { inquiry, answer in
      guard case .output(let question) = inquiry.probe, question.command.executable == SudoRights.program,
        case .there(.output(let result)) = answer, SudoRights.complaint(result) != nil
      else { return nil }
      return inquiry
    }
  }

  /// Root's account as it would be open; nil where it is.
  static func opening() -> AccountsChange? {
    guard geteuid() == 0, case .there(.accounts(let accounts)) = AccountsReading.answer(),
      let root = accounts.users["root"], root.refusesSudo(on: accounts.today)
    else { return nil }
    return .user(account: root.opened)
  }
}

extension Account {
  /// The same without an end and without an age.
  var opened: Account {
    var account = self
    (account.expires, account.passwordExpired) = (nil, false)
    (account.passwordMaximumAge, account.passwordEnds) = (nil, nil)
    return account
  }
}

extension OverlayRunner {
  /// Better answers for those that sudo gave to a root who is shut out; none where it said no more.
  func answersOfSudo(insteadOf answers: [Inquiry: Answer<Fact>]) -> [Inquiry: Answer<Fact>] {
    let inquiries = SudoAsRoot.unanswered(answers)
    guard !inquiries.isEmpty, let opening = SudoAsRoot.opening() else { return [:] }
    var better: [Inquiry: Answer<Fact>] = [:]
    for inquiry in inquiries {
      guard case .output(let question) = inquiry.probe else { continue }
      var overlay = inquiry.overlay
      overlay.accounts.append(opening)
      guard let job = job(for: question.command, over: overlay) else { continue }
      let outcome = ProcessRunner(launcher: .spawn).run(job)
      let answer = self.answer(outcome, to: question.command, over: overlay)
      guard case .there(.output(let result)) = answer, SudoRights.complaint(result) == nil else { continue }
      better[inquiry] = answer
    }
    return better
  }
}
