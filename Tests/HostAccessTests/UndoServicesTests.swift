import Glibc
import HostState
import Testing

@testable import HostAccess

@Test("services that a package brought, by its files")
func servicesOfPackage() {
  let files: [Substring] = [
    "/.", "/lib/systemd/system", "/lib/systemd/system/apache2.service", "/lib/systemd/system/apache2@.service",
    "/usr/lib/systemd/system/apache-htcacheclean.service", "/lib/systemd/system/apt-daily.timer",
    "/lib/systemd/system/apache2.service.d/x.service", "/usr/share/doc/x.service",
  ]
  #expect(PackageServices.units(in: files) == ["apache2.service", "apache-htcacheclean.service"])
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
