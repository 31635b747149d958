import HostState
import Planning
import Testing

@testable import Reporting

@Suite("What two runs differ in") struct RunDifferenceTests {
  private static func write(_ text: String, mode: FileMode = 0o644) -> PlannedStep {
    PlannedStep(
      address: "sshd", section: "Way in",
      step: Step(
        .write(path: "/etc/ssh/sshd_config.d/00-harden.conf", contents: text, mode: mode, owner: .root, check: nil)))
  }
  private static let install = PlannedStep(
    address: "firewall", section: "Way in", step: Step(.install(packages: ["ufw"])))
  private static let root = Change("sshd", "PermitRootLogin", from: "yes", to: "no")

  private static let first = RunDifference.Run(
    1, inputs: ["aliases": ["www.example.com"], "admin": ["deploy"]],
    changes: [("sshd", root), ("firewall", Change("package ufw", from: nil, to: "0.36.2-1"))],
    steps: [install, write("PermitRootLogin no\n")])
  private static let second = RunDifference.Run(
    3, inputs: ["admin": ["deploy"], "ports": ["80", "443"]],
    changes: [
      ("sshd", root), ("sshd", Change("sshd", "X11Forwarding", from: "yes", to: "no")),
    ], steps: [write("PermitRootLogin no\nX11Forwarding no\n")])
  private static let rows = [
    HistoryRow(run: 1, when: "2026-11-24 23:10 UTC", what: "apply vps", steps: 2, outcome: "done"),
    HistoryRow(run: 3, when: "2026-11-25 08:01 UTC", what: "apply vps", steps: 1, outcome: "done"),
  ]

  @Test("inputs, changes and steps, each with the run it is of") func text() {
    #expect(
      Report.text(of: RunDifference(Self.first, Self.second), rows: Self.rows, style: Style(width: 100)) == """
        Run 1 · 2026-11-24 23:10 UTC, apply vps, done
        Run 3 · 2026-11-25 08:01 UTC, apply vps, done

        Inputs · run 1 → run 3
          - aliases   www.example.com
          + ports   80, 443

        Changes · run 1 → run 3
          - package ufw   0.36.2-1
          + sshd X11Forwarding   yes → no

        Steps · run 1 → run 3
          - firewall: install ufw
          ~ sshd: write /etc/ssh/sshd_config.d/00-harden.conf   1 line, 0644 root:root  ⇒  2 lines, 0644
              root:root

        The same in both: 1 change and 0 steps.

        """)
  }

  @Test("the same runs differ in nothing") func same() {
    let text = Report.text(of: RunDifference(Self.first, Self.first), rows: [Self.rows[0]], style: Style(width: 100))
    #expect(
      text == """
        Run 1 · 2026-11-24 23:10 UTC, apply vps, done

        They differ in nothing: 2 changes and 2 steps.

        """)
  }

  @Test("a run whose changes an older harden did not write down is told by its steps") func older() {
    var older = Self.first
    older.changes = nil
    let difference = RunDifference(older, Self.second)
    #expect(difference.changes.isEmpty && difference.unknown == [1])
    #expect(
      Report.text(of: difference, rows: Self.rows, style: Style(width: 100)).hasSuffix(
        "What run 1 changed was not written down by the harden of then; its steps tell.\n\nThe same in both: 0 steps.\n"
      ))
  }
}
