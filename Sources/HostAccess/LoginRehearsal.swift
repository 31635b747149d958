import Foundation
import Glibc
import HostState

/// A whole login through a configuration that is not in force yet: key, account, shell and sudo.
///
/// `ssh` talks to an `sshd -i` of its own over a pipe, in a mount namespace in which the planned files lie over the real
/// ones, with a key that is made for this one login. A pipe has no address: where something judges by that, they talk
/// over a `VisitorConnection`. The running daemon, its socket and its files stay untouched; what is left are lines in the
/// journal.
public struct LoginRehearsal: Sendable {
  public enum Outcome: Hashable, Sendable {
    /// The login worked, and with `sudo` it made root.
    case passed
    /// It did so through the files as they are: this host allows no mount namespace to lay the planned ones over them.
    case passedAsIs
    /// It worked, and sudo, which wants a password, made root with one of the rehearsal's.
    case passedByPassword
    /// The candidate did not let the account in.
    case refused(why: String)
    /// It could not be tried, though it should have been.
    case notTried(why: String, fix: String? = nil)
    /// It is of a kind that cannot be tried from within, or would prove nothing.
    case beyond(why: String)
  }

  /// Whose login is tried.
  public struct Login: Hashable, Sendable {
    public let name: String
    /// The type of a key of theirs, as `ssh-keygen -t` takes it; the candidate may not accept every type.
    public let keyType: String
    /// Whether sudo is to make root without a password.
    public let withSudo: Bool
    /// Whether sudo runs nothing without a terminal.
    public let atTerminal: Bool
    /// Whose password sudo wants, where it wants one.
    public let passwordOf: String
    /// The service that sudo goes by with PAM.
    public let sudoService: String

    public init(
      _ name: String, keyType: String, withSudo: Bool, atTerminal: Bool = false, passwordOf: String? = nil,
      sudoService: String = "sudo"
    ) {
      (self.name, self.keyType, self.withSudo, self.atTerminal) = (name, keyType, withSudo, atTerminal)
      (self.passwordOf, self.sudoService) = (passwordOf ?? name, sudoService)
    }
  }

  let overlay: OverlayRunner
  let service: TransientService

  public init(overlay: OverlayRunner = OverlayRunner()) {
    self.overlay = overlay
    service = TransientService(channel: TransientService.findChannel(), helper: Self.program(overlay.helper))
  }

  /// Tries a login over planned writes.
  ///
  /// - Parameters:
  ///   - listener: the arguments that the running sshd was started with.
  ///   - connection: how the operator comes; nil where that is not known.
  ///   - remark: told of what was seen besides, and stands in nobody's way.
  public func logIn(
    _ login: Login, listener: [String], over planned: Overlay, from connection: VisitorConnection?,
    remark: @escaping (String) -> Void = { _ in }
  ) -> Outcome {
    defer { Self.sweep() }
    if let reason = Self.makeKey(login.keyType) ?? Self.makeSettings(over: SSHDListener.mainFile(listener)) {
      return .notTried(why: reason)
    }
    // Of several files it is the last that sshd reads. StrictModes would judge the way to this one key; that to the
    // administrator's own is looked at by `KeyOffer`.
    let arguments = ["-i"] + listener + ["-f", Self.settings, "-o", "StrictModes=no", "-o", "PidFile=none"]
    let pipe = ([ServingDaemon.program] + arguments).map(Command.quoted).joined(separator: " ")
    guard let connection, connection.obstacle == nil else {
      if let judge = AddressJudges.first() {
        let origin = connection?.obstacle ?? "where you come from is not known (--from)"
        return .notTried(why: "\(judge) judges by address, and \(origin)", fix: "harden apply --from ADDRESS")
      }
      return logIn(login, by: pipe, over: planned, remark: remark)
    }
    // Its messages do not go to the journal, where somebody who bans addresses might count them.
    let wire = VisitorProxy.command(
      Self.program(overlay.helper), connection, daemon: arguments + ["-e", "-o", "LogLevel=INFO"])
    if AddressJudges.first() != nil { return logIn(login, by: wire, over: planned, remark: remark) }
    let outcome = logIn(login, by: pipe, over: planned, remark: remark)
    // The configuration may admit by address, as `AllowUsers ana@192.0.2.*` does.
    guard case .refused = outcome, outcome != .refused(why: Self.noShell) else { return outcome }
    let addressed = logIn(login, by: wire, over: planned, remark: remark)
    switch addressed {
    case .notTried, .beyond: return outcome
    case .passed, .passedAsIs, .passedByPassword, .refused: return addressed
    }
  }

  /// Tries a login under what systemd confines `ssh.service` by, where it does: sessions inherit that, and the sshd of
  /// the other rehearsal is not in it.
  ///
  /// The files are those that are there: this is about the confinement alone.
  ///
  /// - Parameter program: what is to confirm the change, where sudo finds it.
  /// - Returns: nil where there is nothing to try.
  public func logInConfined(_ login: Login, confirmingBy program: Path?) -> Outcome? {
    guard case .finished(let result) = ProcessRunner().run(ServiceSandbox.question), result.status == 0 else {
      return nil
    }
    let sandbox = ServiceSandbox(result.output)
    guard !sandbox.isEmpty else { return nil }
    guard !sandbox.hasSpecifiers else { return .beyond(why: "\(sandbox.words) of ssh.service name what varies") }
    // A pipe has no address.
    if let judge = AddressJudges.first() { return .beyond(why: "\(judge) judges by address") }
    defer { Self.sweep() }
    if let reason = Self.makeKey(login.keyType) { return .notTried(why: reason) }
    let settings = [
      "UsePAM yes", "AuthorizedKeysFile \(Self.key).pub", "StrictModes no", "PidFile none", "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
    ]
    if let reason = Self.write(settings, to: Self.settings) { return .notTried(why: reason) }
    let daemon = service.command(
      [ServingDaemon.program, "-i", "-f", Self.settings],
      properties: sandbox.settings.map { "\($0.name)=\($0.value)" }, timeLimit: Self.timeLimit)
    let pipe = daemon.map(Command.quoted).joined(separator: " ")
    let first = login.withSudo ? program.map { "sudo -n \(Command.quoted($0.text)) --version >&2 && " } ?? "" : ""
    switch logIn(login, by: pipe, over: Overlay(), first: first) {
    case .refused(let why): return .refused(why: "with \(sandbox.words) of ssh.service, \(why)")
    case let outcome: return outcome
    }
  }

  /// - Parameters:
  ///   - proxy: the command that ssh talks to.
  ///   - first: what is run before sudo is tried.
  ///   - remark: where a login at a terminal is tried as well, what is told of it.
  private func logIn(
    _ login: Login, by proxy: String, over planned: Overlay, first: String = "", remark: ((String) -> Void)? = nil
  ) -> Outcome {
    sweepingSessions(of: login.name) { attempt(login, by: proxy, over: planned, first: first, remark: remark) }
  }

  private func attempt(
    _ login: Login, by proxy: String, over planned: Overlay, first: String, remark: ((String) -> Void)?
  ) -> Outcome {
    // What is read of it is in English. A program that sudo runs has to be able to run another one, as a shell does.
    // What a shell says when it starts may end in no newline.
    let words = "echo; id -un && \(first)env LC_ALL=C sudo -n env id -u"
    let command = Command(
      Self.client, (login.atTerminal ? ["-tt"] : []) + Self.options(login, by: proxy) + [words],
      timeLimit: Self.timeLimit)
    let laid = planned.readyForSSHD
    if case .broken(let why) = service.channel {
      return .notTried(why: why, fix: "systemd-run --pipe --wait /usr/bin/true")
    }
    let start = ContinuousClock.now
    guard let ended = attend(command, over: laid) else { return .noClient }
    // Where systemd ends it, it has ended.
    if ContinuousClock.now - start >= .seconds(Self.timeLimit) { return .refused(why: Self.noShell) }
    if !planned.isEmpty, case .finished(let result) = ended, OverlayHelper.failure(in: result)?.isForbidden ?? false {
      // Account, PAM, shell and sudo are the real ones all the same.
      let why =
        "this host allows no mount namespace, so that the planned files cannot be laid over its own, and through "
      switch attempt(login, by: proxy, over: Overlay(), first: first, remark: remark) {
      case .passed: return .passedAsIs
      case .refused(let reason): return .notTried(why: why + "those: \(reason)")
      default: return .notTried(why: why + "those \(login.name) does not log in")
      }
    }
    let outcome = Self.judge(overlay.overlaid(ended, of: command, over: laid).outcome, login)
    guard outcome == .passed, let remark else { return outcome }
    let byPassword = Self.wantsPassword(ended) ? becomeRoot(login, by: proxy, over: laid, remark: remark) : outcome
    guard [.passed, .passedByPassword].contains(byPassword) else { return byPassword }
    let shell = openShell(login, by: proxy, over: laid, remark: remark)
    return shell == .passed ? byPassword : shell
  }

  /// This binary by its process, for others to start: its file may have moved.
  static func program(_ path: Path) -> Path {
    path == "/proc/self/exe" ? Path("/proc/\(getpid())/exe") : path
  }

  /// Seconds that one login may take; it takes less than one.
  static let timeLimit = 30
  static let noShell = "the login ends in no shell within \(timeLimit) seconds"
}
