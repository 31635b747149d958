import Glibc
import HostState
import Testing

@testable import HostAccess

/// Where systemd runs, the unit would be found missing before anything else.
private let hasNoSystemd = access("/run/systemd/system", F_OK) != 0

@Suite("Daemons that an undo tells", .enabled(if: isRoot && hasNoSystemd))
struct UndoReloadTests {
  private static let unit = "harden-test.service"

  /// Notes a reload as done, of a daemon that ran before.
  private func noteReload(_ run: TestRun, check: Command) throws {
    let journal = try #require(run.executor.journal)
    run.executor.lastStep += 1
    let image = Image([.activity(unit: Self.unit): .text(text: "active")])
    let step = Step(.reload(unit: Self.unit, restart: true, check: check, listening: []))
    let number = run.executor.lastStep
    try journal.append(
      JournalRecord(
        kind: .intent, time: 1, step: number, planned: JournalStep(address: "a", section: "S", step: step),
        before: image))
    try journal.append(JournalRecord(kind: .done, time: 1, step: number, after: image))
  }

  @Test("a reload that an undo could not make is owed until it is made; what does not accept its files is not told")
  func owed() throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"))
    try noteReload(run, check: Command("/bin/sh", ["-c", "test -e \(run.folder.path)/f"]))
    try run.executor.finish(.done)
    #expect(try run.executor.undoPlan(1).reloads == [Self.unit])
    for _ in 0..<2 {
      let error = diagnostic { try run.executor.undo(1) }
      #expect(error?.summary == "Configuration refused")
      #expect(error?.detail.hasPrefix("harden-test.service was not reloaded: ") == true)
      let plan = try run.executor.undoPlan(1)
      #expect(plan.isPutBack && plan.reloads == [Self.unit] && !plan.isEmpty)
      #expect(try run.folder.names() == ["state"])
      #expect(try RunSummary.history(run.paths).first?.isTakenBack == false)
    }
  }

  @Test("a state that was broken on the way is passed over where an older reload follows")
  func brokenOnTheWay() throws {
    let run = try TestRun()
    let folder = run.folder.path
    let check = Command("/bin/sh", ["-c", "test ! -e \(folder)/needs || test -e \(folder)/module"])
    try run.carryOut(run.write("module", "m"), run.write("needs", "n"))
    try noteReload(run, check: check)
    try run.executor.finish(.done)
    try SafeFiles.remove(folder / "module")
    try run.begin()
    run.executor.lastStep = 0
    try run.carryOut(run.write("module", "m"))
    try noteReload(run, check: check)
    try run.executor.finish(.done)
    var said: [String] = []
    let error = diagnostic { try run.executor.undo(1) { words, _ in said.append(words) } }
    #expect(said.contains("harden-test.service is told later: Configuration refused"))
    // The last one is made: only systemd is missing.
    #expect(said.last == "restart harden-test.service")
    #expect(error?.summary != "Configuration refused")
    #expect(try run.folder.names() == ["state"])
  }
}

@Test("an undo tells sshd of texts that it reads, and not of their modes or of others' files")
func changedForSSHD() {
  func entry(_ digest: String, _ mode: FileMode = 0o600) -> ImageValue {
    .entry(entry: EntryImage(kind: .file, mode: mode, user: 0, group: 0, digest: digest))
  }
  func changes(_ path: String, from before: ImageValue, to after: ImageValue?) -> Bool {
    let item = ImageItem.path(path: path)
    let step = Step(.remove(path: "/x", check: nil))
    return JournaledStep(
      number: 1, planned: JournalStep(address: "a", section: "S", step: step), before: Image([item: before]), began: 0,
      after: after.map { Image([item: $0]) }, state: .done
    ).changesSSHD
  }
  let dropIn = "/etc/ssh/sshd_config.d/00-harden.conf"
  #expect(changes(dropIn, from: .absent, to: entry("1")))
  #expect(changes(dropIn, from: entry("1"), to: entry("2")))
  #expect(changes("/etc/default/ssh", from: entry("1"), to: .absent))
  #expect(!changes("/etc/ssh/sshd_config", from: entry("1", 0o644), to: entry("1")))
  #expect(!changes("/etc/issue", from: .absent, to: entry("1")))
  #expect(!changes(dropIn, from: .absent, to: nil))
}

@Test("sshd is told by itself once a resource's files are back, unless a reload of it does", .enabled(if: isRoot))
func owedToSSHD() throws {
  let journal = try #require(try TestRun().executor.journal)
  func step(_ number: Int, _ address: String, _ action: Action, _ before: Image, _ after: Image) -> JournaledStep {
    JournaledStep(
      number: number, planned: JournalStep(address: address, section: "S", step: Step(action)), before: before,
      began: 0, after: after, state: .done)
  }
  let path: Path = "/etc/ssh/sshd_config.d/00-harden.conf"
  let entry = EntryImage(kind: .file, mode: 0o600, user: 0, group: 0, digest: "1")
  let file = step(
    2, "sshd", .remove(path: path, check: nil), Image([.path(path: path.text): .absent]),
    Image([.path(path: path.text): .entry(entry: entry)]))
  let other = step(1, "banner", .remove(path: "/etc/issue", check: nil), Image(), Image())
  func reload(_ unit: String, of activity: String = "active") -> JournaledStep {
    step(
      1, "sshd", .reload(unit: unit, restart: false, check: nil, listening: []),
      Image([.activity(unit: unit): .text(text: activity)]), Image())
  }

  var reloads = OwedReloads([file, other])
  #expect(!reloads.owesSSHD(before: nil))
  reloads.putBack(other)
  #expect(!reloads.owesSSHD(before: nil))
  reloads.putBack(file)
  #expect(reloads.owesSSHD(before: nil) && reloads.owesSSHD(before: other))
  // More files of the same resource may come back.
  #expect(!reloads.owesSSHD(before: file))

  // One that is still to come tells it, and so does one that came and is not made yet.
  for unit in ["ssh.service", "ssh.socket"] {
    var followed = OwedReloads([file, reload(unit)])
    followed.putBack(file)
    #expect(!followed.owesSSHD(before: nil))
    followed.add(reload(unit), journal)
    #expect(!followed.owesSSHD(before: nil))
  }
  // Of one that was at rest, or of another daemon, none does.
  for step in [reload("ssh.service", of: "inactive"), reload("apache2.service")] {
    var alone = OwedReloads([file, step])
    alone.putBack(file)
    #expect(alone.owesSSHD(before: nil))
    alone.add(step, journal)
    #expect(alone.owesSSHD(before: nil))
  }
}

@Test("a daemon whose files are all back already listens as at an older stage, never as at a newer one")
func olderPorts() {
  func reload(_ number: Int, _ unit: String, from ports: String, began: Int = 0) -> JournaledStep {
    JournaledStep(
      number: number,
      planned: JournalStep(
        address: "sshd", section: "S", step: Step(.reload(unit: unit, restart: false, check: nil, listening: []))),
      before: Image([.activity(unit: unit): .text(text: "active"), .listening(unit: unit): .text(text: ports)]),
      began: began, after: Image(), state: .done)
  }
  let (first, both) = (reload(3, "ssh.service", from: "22"), reload(9, "ssh.service", from: "22 2222"))
  let later = reload(1, "ssh.service", from: "2222", began: 60)
  let reloads = OwedReloads([later, both], after: [first, reload(2, "apache2.service", from: "80")])
  #expect(reloads.olderPorts(than: first) == [])
  #expect(reloads.olderPorts(than: both) == [[22]])
  #expect(Set(reloads.olderPorts(than: later)) == [[22], [22, 2222]])
  #expect(Executor.met([[22, 2222], [22]], by: [22, 80]) == [22])
  #expect(Executor.met([[22, 2222], [22]], by: [22, 2222]) == [22, 2222])
  #expect(Executor.met([[22, 2222], [], [2200]], by: [22]) == nil)
}

@Test("what a reload cannot do is left to an older one of the same unit, but never where ways in hang on it")
func followed() {
  func reload(_ unit: String) -> JournaledStep {
    JournaledStep(
      number: 1,
      planned: JournalStep(
        address: "a", section: "S", step: Step(.reload(unit: unit, restart: false, check: nil, listening: []))),
      before: Image([.activity(unit: unit): .text(text: "active")]), began: 0, after: nil, state: .done)
  }
  let reloads = OwedReloads([reload("apache2.service"), reload("ssh.service")])
  #expect(reloads.isFollowed(reload("apache2.service")))
  #expect(!reloads.isFollowed(reload("ssh.service")) && !reloads.isFollowed(reload("ufw.service")))
}

@Test("what rests again once it is taken back is not started by a reload of it")
func resting() {
  func step(_ action: Action, from before: String, to after: String) -> JournaledStep {
    let item = ImageItem.activity(unit: "apache2.service")
    return JournaledStep(
      number: 1, planned: JournalStep(address: "a", section: "S", step: Step(action)),
      before: Image([item: .text(text: before)]), began: 0, after: Image([item: .text(text: after)]), state: .done)
  }
  let reload = step(
    .reload(unit: "apache2.service", restart: true, check: nil, listening: []), from: "active", to: "active")
  func start(from before: String) -> JournaledStep {
    step(.setUnit(unit: "apache2.service", enabled: true, active: true), from: before, to: "active")
  }
  for (before, isResting) in [("inactive", true), ("failed", true), ("active", false)] {
    let start = start(from: before)
    for reloads in [OwedReloads([reload, start]), OwedReloads([reload], after: [start])] {
      #expect(reloads.isNeedless(reload) { _ in false } == isResting)
      // On the way it may still run.
      #expect(!reloads.isNeedless(reload) { _ in true })
    }
  }
  // One that died of it, and had run before.
  let failed = step(
    .reload(unit: "apache2.service", restart: true, check: nil, listening: []), from: "active", to: "failed")
  #expect(!OwedReloads([failed]).isNeedless(failed) { _ in false })
}
