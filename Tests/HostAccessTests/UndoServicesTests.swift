import Glibc
import HostState
import Testing

@testable import HostAccess

@Test("services, timers and sockets that a package brought, by its files")
func servicesOfPackage() {
  let files: [Substring] = [
    "/.", "/lib/systemd/system", "/lib/systemd/system/apache2.service", "/lib/systemd/system/apache2@.service",
    "/usr/lib/systemd/system/apache-htcacheclean.service", "/lib/systemd/system/certbot.timer",
    "/lib/systemd/system/certbot@.timer", "/usr/lib/systemd/system/uuidd.socket", "/lib/systemd/system/x.target",
    "/lib/systemd/system/apache2.service.d/x.service", "/usr/share/doc/x.service",
  ]
  let units = ["apache2.service", "apache-htcacheclean.service", "certbot.timer", "uuidd.socket"]
  #expect(PackageServices.units(in: files) == units)
}

@Test("a timer that waits and a socket that listens run on, and start what they start")
func timerThatWaits() {
  for (unit, state) in [("a.service", "running"), ("a.timer", "waiting"), ("a.socket", "listening")] {
    #expect(PackageServices.isUp(unit, state))
    #expect(!PackageServices.isUp(unit, "dead") && !PackageServices.isUp(unit, ""))
  }
  #expect(!PackageServices.isUp("a.timer", "elapsed") && !PackageServices.isUp("a.service", "exited"))
  #expect(
    PackageServices.words(of: "certbot", starting: "certbot.service")
      == "it came with certbot and goes on starting certbot.service; to end that: apt-get purge certbot")
}

@Test("an undo says of a service that runs on where it listens, and what ends that")
func serviceThatRunsOn() {
  #expect(
    PackageServices.words(of: "apache2", [80, 443])
      == "it came with apache2 and runs on, listening on port 80 and 443; to end that: apt-get purge apache2")
  let silent = PackageServices.words(of: "fail2ban", [])
  #expect(silent == "it came with fail2ban and runs on; to end that: apt-get purge fail2ban")
}

/// Where systemd runs, the unit would be found missing.
@Test("a unit that had failed is said to be stopped", .enabled(if: access("/run/systemd/system", F_OK) != 0))
func failedUnit() throws {
  let item = ImageItem.activity(unit: "harden-test.service")
  func step(from before: String, to after: String) -> JournaledStep {
    JournaledStep(
      number: 1,
      planned: JournalStep(
        address: "a", section: "S", step: Step(.setUnit(unit: "harden-test.service", enabled: nil, active: nil))),
      before: Image([item: .text(text: before)]), began: 1, after: Image([item: .text(text: after)]), state: .done)
  }
  var planner = RestorationPlanner(ImageCamera(runner: ProcessRunner(launcher: .spawn)), force: true, isAhead: true)
  _ = try planner.plan(step(from: "active", to: "inactive"))
  let findings = try planner.plan(step(from: "failed", to: "active")).findings
  #expect(findings == [UndoFinding("unit harden-test.service", .putBack(to: "inactive"))])
}
