import Foundation
import Glibc
import HostState

/// Runs a command over planned writes that are not on the host yet.
///
/// This binary starts itself again (`OverlayHelper`), takes a mount namespace of its own, lays the planned files and
/// accounts over the real paths in there, and becomes the command. Outside nothing moves, and nothing is left behind.
/// Where namespaces are forbidden, sshd, visudo and apachectl are asked about a scratch copy instead (`ScratchCopy`).
public struct OverlayRunner: Sendable {
  /// The binary that calls `OverlayHelper.runIfAsked(_:)` first thing in its `main`: harden itself, unless told otherwise
  /// (the binary that runs tests does not).
  public var helper: Path

  public init(helper: Path = "/proc/self/exe") { self.helper = helper }

  /// How a command over an overlay ended.
  public struct Overlaid: Hashable, Sendable {
    public let outcome: ProcessRunner.Outcome
    /// What was asked instead of the overlaid host; nil when it was just that.
    public let note: String?
  }

  /// Runs a command over planned writes, as a check before they are made.
  public func run(_ command: Command, over overlay: Overlay) -> Overlaid {
    guard let job = job(for: command, over: overlay) else { return Overlaid(outcome: .noProgram, note: nil) }
    return overlaid(ProcessRunner(launcher: .spawn).run(job), of: command, over: overlay)
  }

  /// What has to be run for an answer; nil when the program is not there.
  func job(for command: Command, over overlay: Overlay, lending lent: LentPassword? = nil) -> ProcessRunner.Job? {
    guard access(command.executable.text, F_OK) == 0 || errno == EACCES else { return nil }
    let overlay = Self.completed(overlay, for: command)
    if overlay.isEmpty, lent == nil { return .init(command) }
    let encoder = JSONEncoder()
    guard let text = try? encoder.encode(OverlayRequest(command, over: overlay, lending: lent)) else { return nil }
    var job = ProcessRunner.Job(
      Command(
        helper, [OverlayHelper.argument], input: String(decoding: text, as: UTF8.self), timeLimit: command.timeLimit))
    // The helper becomes the command.
    job.atTerminal = ProcessRunner.Job(command).atTerminal
    return job
  }

  /// The answer of a question that was asked by `job(for:over:)`.
  func answer(_ outcome: ProcessRunner.Outcome?, to command: Command, over overlay: Overlay) -> Answer<Fact> {
    guard let outcome else { return .absent }
    let overlaid = overlaid(outcome, of: command, over: overlay)
    switch overlaid.outcome {
    case .finished(let result) where geteuid() != 0 && !command.accepted.contains(result.status):
      // What a tool answers whom it does not let look says nothing of the host.
      return overlaid.outcome.reading(of: command).fact { _ in nil }
    case .finished(let result):
      let note = overlaid.note.map { "\n\($0)" } ?? ""
      let output = UnitReading.lasting(result.output, of: command)
      return .there(
        value: .output(CommandResult(status: result.status, output: output, errors: result.errors + note)))
    case .noProgram: return .absent
    default: return overlaid.outcome.reading(of: command).fact { _ in nil }
    }
  }

  /// Takes the helper's own failures out of what the command said.
  func overlaid(
    _ outcome: ProcessRunner.Outcome, of command: Command, over overlay: Overlay
  ) -> Overlaid {
    guard !Self.completed(overlay, for: command).isEmpty, case .finished(let result) = outcome,
      let failure = OverlayHelper.failure(in: result)
    else {
      if case .noProgram = outcome {
        return Overlaid(outcome: .notStarted(reason: "harden's own binary is gone"), note: nil)
      }
      return Overlaid(outcome: outcome, note: nil)
    }
    guard failure.isForbidden else { return Overlaid(outcome: .notStarted(reason: failure.reason), note: nil) }
    return ScratchCopy.run(command, over: overlay)
  }

  private static func completed(_ overlay: Overlay, for command: Command) -> Overlay {
    command.executable == "/usr/sbin/sshd" ? overlay.readyForSSHD : overlay
  }
}

extension Overlay {
  /// With `/run/sshd`, without which sshd does not begin, even for a test. Its unit makes it at start, behind a socket
  /// unit it is there while somebody is logged in, and a question must not make it on the host.
  var readyForSSHD: Overlay {
    guard access("/run/sshd", F_OK) != 0 else { return self }
    var overlay = self
    overlay.entries["/run/sshd"] = .directory(mode: 0o755, owner: .root)
    return overlay
  }
}

/// What the helper is asked for, on its standard input.
struct OverlayRequest: Codable {
  struct Entry: Codable {
    let path: Path
    let entry: PlannedEntry

    static func all(of overlay: Overlay) -> [Entry] {
      overlay.entries.sorted { $0.key < $1.key }.map { Entry(path: $0.key, entry: $0.value) }
    }
  }
  let command: Command
  let entries: [Entry]
  let accounts: [AccountsChange]
  let lent: LentPassword?

  init(_ command: Command, over overlay: Overlay, lending lent: LentPassword?) {
    self.lent = lent
    self.command = command
    entries = Entry.all(of: overlay)
    accounts = overlay.accounts
  }
}
