import Dispatch
import Foundation
import Glibc
import HostState
import Synchronization

/// Asks the host: all inquiries of a round at the same time, each program once.
///
/// Nothing on the host is changed by asking. What cannot be read, for want of root or otherwise, is unreadable with its
/// reason; no question fails a round.
public struct Prober: Sendable {
  /// The address the operator says they come from, used where no login tells (`--from`).
  public let statedAddress: String?
  /// Where questions over planned writes are asked.
  public var overlays: OverlayRunner

  public init(from address: String? = nil) { self.init(from: address, overlays: OverlayRunner()) }

  package init(from address: String? = nil, overlays: OverlayRunner) {
    (statedAddress, self.overlays) = (address, overlays)
  }

  /// Answers every inquiry.
  public func answers(to inquiries: Set<Inquiry>) -> [Inquiry: Answer<Fact>] {
    Round(inquiries, self).run()
  }
}

/// One round of questions: programs are started first, files are looked at while they run.
private final class Round {
  private let prober: Prober
  private let inquiries: Set<Inquiry>
  private var answers: [Inquiry: Answer<Fact>] = [:]
  private var errands = Errands()
  private let names = LazyNames()

  init(_ inquiries: Set<Inquiry>, _ prober: Prober) { (self.inquiries, self.prober) = (inquiries, prober) }

  /// Programs that run at the same time; each has two pipes, and a process may have 1024 descriptors.
  private static let most = 64

  func run() -> [Inquiry: Answer<Fact>] {
    let trees = walkTrees()
    let reaches = askNetwork()
    sendErrands()
    let runner = ProcessRunner(launcher: .spawn)
    var jobs = errands.jobs[...]
    let children = runner.start(Array(jobs.prefix(Self.most)))
    jobs = jobs.dropFirst(Self.most)
    for inquiry in inquiries { answers[inquiry] = lookUp(inquiry.probe) }
    errands.outcomes = runner.finish(children)
    while !jobs.isEmpty {
      errands.outcomes += runner.run(Array(jobs.prefix(Self.most)))
      jobs = jobs.dropFirst(Self.most)
    }
    let reports = trees.collect().merging(reaches.collect()) { tree, _ in tree }
    for inquiry in inquiries where answers[inquiry] == nil {
      answers[inquiry] = reports[inquiry.probe] ?? evaluate(inquiry)
    }
    return answers.merging(prober.overlays.answersOfSudo(insteadOf: answers)) { $1 }
  }

  // MARK: Programs

  /// Programs whose answers take longest, the slowest first: started before others, they are not what the round ends
  /// up waiting for.
  private static let slow: [Path] = [
    "/usr/sbin/apachectl", "/usr/sbin/apache2ctl", "/usr/bin/sudo", "/usr/sbin/sshd",
  ]

  private func sendErrands() {
    var packages: Set<String> = []
    var candidates: Set<String> = []
    var units: Set<String> = []
    var questions: [(question: Question, inquiry: Inquiry)] = []
    for inquiry in inquiries {
      switch inquiry.probe {
      case .package(let name): packages.insert(name)
      case .candidate(let package): candidates.insert(package)
      case .unit(let name), .stale(let name, _): units.insert(name)
      case .output(let question): questions.append((question, inquiry))
      default: break
      }
    }
    (self.packages, self.candidates, self.units) = (packages.sorted(), candidates.sorted(), units.sorted())
    if !candidates.isEmpty { errands.send(CandidateReading.command(self.candidates)) }
    // systemd answers for one unit after the other.
    if !units.isEmpty { errands.send(UnitReading.command(self.units)) }
    let place = { (question: Question) in Self.slow.firstIndex(of: question.command.executable) ?? Self.slow.count }
    for (question, inquiry) in questions.sorted(by: { place($0.question) < place($1.question) }) {
      errands.send(prober.overlays.job(for: question.command, over: inquiry.overlay), as: inquiry)
    }
    if !packages.isEmpty { errands.send(PackageReading.command(self.packages)) }
    for inquiry in inquiries {
      switch inquiry.probe {
      // A daemon that systemd did not start is known by its socket.
      case .listeners, .stale: errands.send(SocketTable.command)
      case .packetFilter: for command in PacketFilterReading.commands { errands.send(command) }
      case .certificate(let path): errands.send(CertificateReading.command(path))
      default: break
      }
    }
  }

  private var packages: [String] = []
  private var candidates: [String] = []
  private var units: [String] = []
  private lazy var packageStates = PackageReading.states(errands[PackageReading.command(packages)])
  private lazy var preview = CandidateReading.preview(errands[CandidateReading.command(candidates)])
  private lazy var unitReports = UnitReading.reports(errands[UnitReading.command(units)], of: units)
  private lazy var listeners = SocketTable.rows(errands[SocketTable.command])

  /// Answers that wait for a program.
  private func evaluate(_ inquiry: Inquiry) -> Answer<Fact> {
    switch inquiry.probe {
    case .package(let name):
      return packageStates.fact { $0[name].map { .package($0) } }
    case .candidate(let package): return preview.fact { .candidate($0.candidate(package, of: candidates)) }
    case .unit(let name): return unitReports.fact { $0[name]?.state.map { .unit($0) } }
    case .stale(let unit, let paths): return Staleness(unit, paths).answer(unitReports, listeners)
    case .listeners: return listeners.fact { .listeners($0.map(\.listener)) }
    case .packetFilter: return PacketFilterReading.answer { errands[$0] }
    case .certificate(let path):
      return CertificateReading.answer(errands[CertificateReading.command(path)], now: time(nil))
    case .output(let question):
      return prober.overlays.answer(errands[inquiry], to: question.command, over: inquiry.overlay)
    default: return .unreadable(reason: "this is a bug in harden: nobody answers \(inquiry.probe)")
    }
  }

  // MARK: Files

  /// Answers that need no program; nil for the others.
  private func lookUp(_ probe: Probe) -> Answer<Fact>? {
    switch probe {
    case .file(let path): FileReading.status(path, names.names)
    case .contents(let path): FileReading.contents(path)
    case .secrets(let path, let open): SecretsReading.answer(path, open: open)
    case .names(let directory): FileReading.names(in: directory)
    case .accounts: AccountsReading.answer()
    case .ufw: UFWReading.answer()
    case .operator: OperatorReading.answer(statedAddress: prober.statedAddress)
    case .host: HostReading.answer()
    case .sysctl(let key): FileReading.sysctl(key)
    case .certificate(let path): CertificateReading.lookUp(path)
    case .tree, .package, .candidate, .unit, .listeners, .packetFilter, .stale, .reach, .output: nil
    }
  }

  /// Trees are walked by threads of their own: a large one takes as long as everything else together.
  private func walkTrees() -> Walks {
    Walks(
      inquiries.map(\.probe).filter { if case .tree = $0 { true } else { false } },
      { if case .tree(let rule) = $0 { TreeWalk.report(rule) } else { .absent } })
  }

  /// The network takes its own time, too.
  private func askNetwork() -> Walks {
    Walks(
      inquiries.map(\.probe).filter { if case .reach = $0 { true } else { false } },
      { if case .reach(let question) = $0 { ReachReading.answer(question) } else { .absent } })
  }
}

/// Programs to be run in a round, each of them once.
private struct Errands {
  private(set) var jobs: [ProcessRunner.Job] = []
  private var places: [Command: Int] = [:]
  private var placesOfInquiries: [Inquiry: Int] = [:]
  var outcomes: [ProcessRunner.Outcome] = []

  mutating func send(_ command: Command) {
    guard places[command] == nil else { return }
    places[command] = jobs.count
    jobs.append(.init(command))
  }

  mutating func send(_ job: ProcessRunner.Job?, as inquiry: Inquiry) {
    guard let job else { return }
    placesOfInquiries[inquiry] = jobs.count
    jobs.append(job)
  }

  subscript(command: Command) -> ProcessRunner.Outcome { places[command].map { outcomes[$0] } ?? .noProgram }
  subscript(inquiry: Inquiry) -> ProcessRunner.Outcome? { placesOfInquiries[inquiry].map { outcomes[$0] } }
}

/// Answers under way that take long, each by a thread of its own.
private final class Walks: Sendable {
  private let group = DispatchGroup()
  private let reports = Mutex<[Probe: Answer<Fact>]>([:])

  init(_ probes: [Probe], _ answer: @escaping @Sendable (Probe) -> Answer<Fact>) {
    for probe in probes {
      DispatchQueue.global().async(group: group) { [self] in
        let report = answer(probe)
        reports.withLock { $0[probe] = report }
      }
    }
  }

  func collect() -> [Probe: Answer<Fact>] {
    group.wait()
    return reports.withLock { $0 }
  }
}

/// Names of users and groups, read when the first file is looked at.
private final class LazyNames {
  lazy var names = AccountNames.read()
}
