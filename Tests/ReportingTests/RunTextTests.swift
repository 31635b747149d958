import HostState
import Planning
import Reporting
import Testing

@Suite("A run as text") struct RunTextTests {
  static let steps = SamplePlan.steps
  static let refused = Diagnostic(
    "Configuration refused", detail: "sshd does not accept /etc/ssh/sshd_config.d/00-harden.conf.", address: "sshd",
    command: .init(line: "sshd -t", status: 255, lastErrors: "line 3: Bad configuration option: PermitRoot"))

  @Test("progress is one line, however narrow the terminal") func progress() {
    let lines = [
      Report.progress(1, of: 12, Self.steps[0], .started, style: Style()),
      Report.progress(1, of: 12, Self.steps[0], .working(percent: 53, doing: "Unpacking ufw"), style: Style()),
      Report.progress(1, of: 12, Self.steps[0], .done(after: .seconds(41.26)), style: Style()),
      Report.progress(2, of: 12, Self.steps[1], .done(after: .seconds(0.01)), style: Style()),
      Report.progress(3, of: 12, Self.steps[2], .done(after: .seconds(0.449)), style: Style()),
      Report.progress(3, of: 12, Self.steps[2], .failed, style: Style(width: 40)),
      Report.progress(12, of: 12, Self.steps[3], .started, style: Style()),
      Report.progress(12, of: 12, Self.steps[3], .failed, style: Style()),
    ]
    #expect(
      lines.joined(separator: "\n") == """
         1/12  install ufw
         1/12  install ufw   [##########..........]  53 % Unpacking ufw
         1/12  install ufw   done, 41 s
         2/12  make account deploy   done
         3/12  write /etc/ssh/sshd_config.d/00-harden.conf   done, 0.4 s
         3/12  write /etc/ssh/sshd_con…   failed
        12/12  reload ssh.service   may close a way in
        12/12  reload ssh.service   failed
        """)
  }

  @Test("a done run counts, and says that nothing is left") func done() {
    var afterwards = SamplePlan.whole
    afterwards.steps = []
    for section in afterwards.sections.indices {
      for item in afterwards.sections[section].items.indices { afterwards.sections[section].items[item].changes = [] }
    }
    let outcome = ApplyOutcome(
      plan: SamplePlan.whole, done: Self.steps, afterwards: afterwards, run: 3, time: .seconds(185.2))
    #expect(
      Report.text(of: outcome, style: Style()) == """
        Done: 12 changes in 4 steps, 3 min 5 s. Planned again: nothing is left. This was run 3.
          … certificate example.com   seen: no address · wanted: an A record with 203.0.113.10

        """)
  }

  @Test("what failed without ending the run is said, and that the rest is done") func setback() {
    var afterwards = SamplePlan.whole
    afterwards.steps = []
    let failure = Diagnostic("Certificate not issued", detail: "The link that failed is DNS.", fix: "harden apply")
    let outcome = ApplyOutcome(
      plan: SamplePlan.whole, done: Self.steps, failure: failure, afterwards: afterwards, run: 3)
    #expect(
      Report.text(of: outcome, style: Style()) == """
        error: Certificate not issued

          The link that failed is DNS.

              harden apply

        All the rest is done: 4 steps. Planned again, nothing else is left. This was run 3.

        """)
  }

  @Test("what a plan had announced is shown once it can be done") func announced() {
    #expect(
      Report.text(
        ofAnnounced: [Change("certificate example.com", from: nil, to: "example.com")], waiting: [], style: Style())
          == """
          What the plan announced follows:
            + certificate example.com   example.com

          """)
  }

  @Test("a failed run says what is in force, what is not, and what to do next") func failed() {
    let outcome = ApplyOutcome(
      plan: SamplePlan.whole, done: Array(Self.steps[..<2]), putBack: [Self.steps[2]], left: [Self.steps[3]],
      failure: Self.refused)
    #expect(
      Report.text(of: outcome, style: Style()) == """
        error: Configuration refused
          sshd

          sshd does not accept /etc/ssh/sshd_config.d/00-harden.conf.

          sshd -t ended with 255:
              line 3: Bad configuration option: PermitRoot

        Done and in force · 2 steps
          firewall: install ufw
          user:deploy: make account deploy

        Taken back · 1 step
          sshd: write /etc/ssh/sshd_config.d/00-harden.conf

        Not done · 1 step
          sshd: reload ssh.service

        What is done stays, and the next run plans from there. Mend what the error names first. To go on:
              harden apply

        """)
  }

  @Test("what could not be put back is said, and the host is not called as before") func remains() {
    var outcome = ApplyOutcome(
      plan: SamplePlan.whole, done: [], putBack: [Self.steps[0]], failure: Diagnostic("It failed", detail: "So."))
    outcome.remains = [
      UndoFinding("/etc/x", .conflict(found: "file 0600 root:root")),
      UndoFinding("package ufw", .stays(why: "packages are not removed")),
    ]
    #expect(
      Report.text(of: outcome, style: Style()) == """
        error: It failed

          So.

        Taken back · 1 step
          firewall: install ufw

        Not put back · 2 things
          /etc/x: changed meanwhile by somebody else (file 0600 root:root), and left so
          package ufw: packages are not removed

        The rest of the host is as it was before. Mend what the error names first. To go on:
              harden apply

        """)
  }

  @Test("a run that failed before its first step left the host alone") func failedAtOnce() {
    let outcome = ApplyOutcome(plan: SamplePlan.whole, done: [], left: Self.steps, failure: Self.refused)
    #expect(
      Report.text(of: outcome, style: Style()) == """
        error: Configuration refused
          sshd

          sshd does not accept /etc/ssh/sshd_config.d/00-harden.conf.

          sshd -t ended with 255:
              line 3: Bad configuration option: PermitRoot

        Not done · 4 steps
          firewall: install ufw
          user:deploy: make account deploy
          sshd: write /etc/ssh/sshd_config.d/00-harden.conf
          sshd: reload ssh.service

        The host is as it was before. Mend what the error names first. To go on:
              harden apply

        """)
  }

  @Test("a run that was asked to stop says where") func interrupted() {
    let outcome = ApplyOutcome(
      plan: SamplePlan.whole, done: Array(Self.steps[..<3]), left: Array(Self.steps[3...]), isInterrupted: true)
    #expect(
      Report.text(of: outcome, style: Style()) == """
        Stopped between two steps, as asked: 3 of 4 steps done.

        Done and in force · 2 steps
          firewall: install ufw
          user:deploy: make account deploy

        Done, not in force before the rest is · 1 step
          sshd: write /etc/ssh/sshd_config.d/00-harden.conf

        Not done · 1 step
          sshd: reload ssh.service

        What is done stays, and the next run plans from there. To go on:
              harden apply

        """)
  }

  @Test("a run after which something still differs shows it") func notSettled() {
    let outcome = ApplyOutcome(
      plan: SamplePlan.whole, done: Self.steps,
      afterwards: SamplePlan.of([Change("sshd", "PermitRootLogin", from: "yes", to: "no")]), run: 4)
    #expect(
      Report.text(of: outcome, style: Style()) == """
        Done, but not settled: planned again after 4 steps, this still differs.

        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ sshd PermitRootLogin   yes → no

        1 change: 1 changed. This was run 4.

        """)
  }

  @Test("verify is one sentence on a host that is as it should be") func verified() {
    var plan = SamplePlan.of([])
    plan.steps = []
    #expect(
      Report.text(ofVerification: plan, style: Style()) == """
        Verified: box is as vps wants it (1 resource).

        """)
  }

  @Test("verify shows what drifted") func drifted() {
    let plan = SamplePlan.of([Change("sshd", "PermitRootLogin", from: "yes", to: "no", risk: .closes)])
    #expect(
      Report.text(ofVerification: plan, style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ sshd PermitRootLogin   yes → no   closes a way in

        1 change: 1 changed. 1 closes a way in. The host has drifted; harden apply brings it back.

        """)
  }

  @Test("history is a line a run") func history() {
    let rows = [
      HistoryRow(run: 12, when: "2026-11-24 23:10 UTC", what: "apply vps", steps: 4, outcome: "done"),
      HistoryRow(
        run: 3, when: "2026-11-01 08:00 UTC", what: "apply django-apache", steps: 38,
        outcome: "failed at step 3: Configuration refused"),
    ]
    #expect(
      Report.text(ofHistory: rows, style: Style()) == """
        run   when                   what                  steps   outcome
         12   2026-11-24 23:10 UTC   apply vps                 4   done
          3   2026-11-01 08:00 UTC   apply django-apache      38   failed at step 3: Configuration refused

        """)
    #expect(
      Report.text(ofHistory: [], style: Style()) == """
        harden has not changed anything on this host yet.

        """)
  }

  @Test("what stayed although it was to go is said once it is done") func undone() {
    #expect(
      Report.text(
        ofUndone: [3, 4],
        stayed: [
          UndoFinding("account deploy", .shut(why: "process 7 (bash) still runs as it", finish: "userdel deploy")),
          UndoFinding("/srv/a", .stays(why: "something lies in it")),
        ], style: Style()) == """
          Taken back: runs 3 and 4.
          account deploy was shut, expired and locked: process 7 (bash) still runs as it.
              To take it away later:
                userdel deploy
          /srv/a stayed: something lies in it.

          """)
  }

  @Test("an undo says which runs stay half in force, and how to take back the rest") func halves() {
    func text(_ runs: [Int], isAhead: Bool) -> String {
      Report.text(ofHalves: runs, isAhead: isAhead, style: Style())
    }
    #expect(text([], isAhead: true) == "")
    #expect(
      text([22], isAhead: false) == """

        An undo of run 22 was cut short: a part of it is still in force. To take back the rest:

              sudo harden undo 22

        """)
    #expect(
      text([20, 22], isAhead: true) == """

        An undo of runs 20 and 22 was cut short: a part of them stays in force. To take that back as well:

              sudo harden undo 20

        """)
  }

  @Test("an undo says of each thing what becomes of it") func undo() {
    let items = [
      UndoFinding("/etc/ssh/sshd_config.d/00-harden.conf", .removed),
      UndoFinding("/etc/ufw/ufw.conf", .putBack(to: "0644 root:root, 12 lines")),
      UndoFinding("/etc/hosts", .asBefore),
      UndoFinding("package ufw", .stays(why: "packages stay")),
    ]
    #expect(
      Report.text(ofUndo: items, runs: [3], style: Style()) == """
        Undo of run 3

          - /etc/ssh/sshd_config.d/00-harden.conf   removed: it was not there before
          ~ /etc/ufw/ufw.conf                       put back: 0644 root:root, 12 lines
          · package ufw                             stays: packages stay

        2 things to take back. Nothing has been touched.

        """)
    #expect(
      Report.text(
        ofUndo: [UndoFinding("/etc/hosts", .conflict(found: "0600 root:root"))], runs: [2, 3, 4], style: Style())
          == """
          Undo of runs 2, 3 and 4

            ! /etc/hosts   changed since by somebody else: 0600 root:root

          1 conflict: refused as it stands. With --force what is overwritten is kept aside. Nothing has been
          touched.

          """)
    let both = [UndoFinding("/etc/hosts", .conflict(found: "empty")), UndoFinding("/etc/motd", .contentsLost)]
    #expect(
      Report.text(ofUndo: both, runs: [3], style: Style(), overwriting: true).hasSuffix(
        """
        1 conflict: what is overwritten is kept aside; 1 thing cannot be taken back: harden goes on without.
        Nothing has been touched.

        """))
    #expect(
      Report.text(ofUndo: items + [UndoFinding("/etc/hosts", .contentsLost)], runs: [3], style: Style()).hasSuffix(
        """
          · /etc/hosts                              stays: what it held before was kept, and is lost

        1 thing cannot be taken back: refused as it stands. With --force the rest is, 2 things. Nothing has
        been touched.

        """))
    #expect(
      Report.text(ofUndo: [UndoFinding("/etc/hosts", .asBefore)], runs: [2], style: Style()) == """
        Undo of run 2

        Nothing to take back.

        """)
    #expect(
      Report.text(ofUndo: [UndoFinding("ssh.service", .reloaded)], runs: [2], style: Style()) == """
        Undo of run 2

          ~ ssh.service   told once more: an undo was cut short before it was

        1 thing to take back. Nothing has been touched.

        """)
  }

  @Test("an undo tells what it does to the ways in as a plan does") func undoWaysIn() {
    let key = "SHA256:NDq9dmLGqBEQUunOiuZp3WgdJK3dSWL80+NQq5JK/yY"
    let text = Report.text(
      ofUndo: [UndoFinding("/etc/ssh/sshd_config.d/00-harden.conf", .removed)], runs: [2], style: Style(),
      ways: [
        Change("sshd", "Port", from: nil, to: "22", risk: .opens),
        Change("sshd", "Port", from: "2222", to: nil, risk: .closes),
        Change("user bob", "key", from: nil, to: "\(key) “bobs”", risk: .opens),
      ], timeline: ["Today: deploy, key \(key), with sudo.", "Once this is taken back: bob"])
    #expect(
      text == """
        Undo of run 2

          - /etc/ssh/sshd_config.d/00-harden.conf   removed: it was not there before

        Ways in · What this does to them.
          + sshd Port      22                        opens a way in
          -      Port      2222                      closes a way in
          + user bob key   SHA256:NDq9dmLG… “bobs”   opens a way in
        Your way in: Today: deploy, key SHA256:NDq9dmLG…, with sudo. Once this is taken back: bob.

        1 thing to take back. 2 open a way in, 1 closes one. Nothing has been touched.

        """)
  }

  @Test("a folder that goes is one line with all that goes with it") func emptiedFolders() {
    let items = [
      UndoFinding("/home/deploy/.ssh/authorized_keys", .removed), UndoFinding("/home/deploy", .removed),
      UndoFinding("/home/deploy/.ssh", .removed), UndoFinding("/home/deployed", .removed),
      UndoFinding("/home/ana", .stays(why: "something lies in it")), UndoFinding("/home/ana/.profile", .removed),
    ]
    #expect(
      Report.text(ofUndo: items, runs: [3], style: Style()) == """
        Undo of run 3

          - /home/deploy         removed, with 2 entries in it: it was not there before
          - /home/deployed       removed: it was not there before
          · /home/ana            stays: something lies in it
          - /home/ana/.profile   removed: it was not there before

        5 things to take back. Nothing has been touched.

        """)
    var style = Style()
    style.isVerbose = true
    #expect(Report.text(ofUndo: items, runs: [3], style: style).contains("- /home/deploy/.ssh "))
  }
}
