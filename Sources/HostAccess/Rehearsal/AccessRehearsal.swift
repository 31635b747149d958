import Foundation
import HostState

/// Something about who gets in that is tried on the planned state before it is brought about.
///
/// Each is tried by this binary, started again, in namespaces of its own (`RehearsalHelper`): no session is opened, the
/// running daemon and the rules in force stay untouched, and nothing is left, not even a line in the journal.
public enum AccessRehearsal: Codable, Sendable {
  case key(offer: KeyOffer)
  case packet(trial: PacketTrial)

  public enum Outcome: Hashable, Codable, Sendable {
    /// It worked; for a packet, by which rule, where that is known.
    case passed(by: String?)
    /// It did not, and why: for a packet, the rule that drops it.
    case refused(why: String)
    /// It could not be tried, or proved nothing.
    case notTried(why: String)
    /// It could not be tried without a program that a package may yet bring.
    case noProgram(why: String)
  }

  /// Seconds that one may take; it takes a fraction of one.
  private static let timeLimit = 30

  /// Tries all of them at the same time. The outcomes are in the order of the rehearsals.
  ///
  /// - Parameter helper: the binary that calls `RehearsalHelper.runIfAsked(_:)` first thing in its `main`.
  public static func run(_ rehearsals: [AccessRehearsal], helper: Path = "/proc/self/exe") -> [Outcome] {
    let encoder = JSONEncoder()
    let jobs = rehearsals.map { rehearsal in
      let text = (try? encoder.encode(rehearsal)).map { String(decoding: $0, as: UTF8.self) }
      return ProcessRunner.Job(
        Command(helper, [RehearsalHelper.argument], input: text ?? "", timeLimit: timeLimit))
    }
    return ProcessRunner(launcher: .spawn).run(jobs).map(outcome)
  }

  private static func outcome(_ outcome: ProcessRunner.Outcome) -> Outcome {
    switch outcome {
    case .finished(let result):
      if let outcome = try? JSONDecoder().decode(Outcome.self, from: Data(result.output.utf8)) { return outcome }
      let last = result.errors.lines.last.map { ": \($0)" } ?? ""
      return .notTried(why: "it ended with exit code \(result.status)\(last)")
    case .outOfTime(let seconds, _): return .notTried(why: "it did not end within \(seconds) seconds")
    case .noProgram: return .notTried(why: "harden's own binary is gone")
    case .notStarted(let reason): return .notTried(why: reason)
    case .tooMuchOutput: return .notTried(why: "it printed without end")
    }
  }
}

/// The other side of `AccessRehearsal`: the same binary, started again to try it.
public enum RehearsalHelper {
  static let argument = "__rehearse"

  /// Tries what is asked on standard input and exits, when this process was started for that; else returns at once.
  public static func runIfAsked(_ arguments: [String]) {
    guard arguments.count == 2, arguments[1] == argument else { return }
    let outcome: AccessRehearsal.Outcome
    do {
      let asked = try JSONDecoder().decode(AccessRehearsal.self, from: FileHandle.standardInput.readDataToEndOfFile())
      outcome =
        switch asked {
        case .key(let offer): try offer.make()
        case .packet(let trial): try trial.make()
        }
    } catch let failure as OverlayHelper.Failure {
      outcome = .notTried(why: failure.isForbidden ? "this host allows no namespaces" : failure.reason)
    } catch {
      outcome = .notTried(why: "the request could not be read: \(error)")
    }
    let text = (try? JSONEncoder().encode(outcome)) ?? Data()
    FileHandle.standardOutput.write(text)
    exit(0)
  }
}

extension OverlayHelper.Failure {
  /// Passes on what a system call of `SystemCalls` returned; a namespace that is forbidden is told apart.
  static func check(_ what: String, _ number: Int32) throws(OverlayHelper.Failure) {
    if number != 0 { throw OverlayHelper.Failure(what, number) }
  }

  /// Likewise for one that gives a descriptor, or an errno below zero.
  static func descriptor(_ what: String, _ number: Int32) throws(OverlayHelper.Failure) -> Descriptor {
    if number < 0 { throw OverlayHelper.Failure(what, -number) }
    return Descriptor(number)
  }

  /// Gives this process a network of its own.
  static func enterNewNetwork(_ call: () -> Int32) throws(OverlayHelper.Failure) {
    try check(OverlayHelper.forbidden, call())
  }
}
