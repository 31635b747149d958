import HostState
import Planning
import RecipeDSL
import Reporting
import Testing

@Suite("A plan as text") struct PlanTextTests {
  @Test("reads by section, in columns, and counts at its end") func whole() {
    #expect(
      Report.text(of: SamplePlan.whole, style: Style(width: 110)) == """
        django-apache on box, Debian GNU/Linux 12 (bookworm), as root from 198.51.100.23

        People · Each account can do its own job and nothing more.
          + user deploy   administrator, sudo without password, key SHA256:9xQe "laptop"   opens a way in
          · root has 1 key that the recipe does not name: SHA256:Zt3k "old laptop"

        Way in · Most break-ins begin with a guessed password.
          ~ sshd PasswordAuthentication   yes → no              closes a way in
                                            set by /etc/ssh/sshd_config.d/50-cloud-init.conf:1
          ~      PermitRootLogin          yes → no              closes a way in
          ~      X11Forwarding            yes → no              set by /etc/ssh/sshd_config:90
          + package ufw                   0.36.2-1, with 3 more
          ~ firewall incoming             allow → deny          closes a way in · forecast
          +          22/tcp               allow from anywhere   opens a way in

        Web server
          ~ apache ServerTokens              OS → Prod   forecast · would be set by conf-enabled/security.conf:12
          +        Content-Security-Policy   default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors
                                             'none'; object-src 'none'
                                               can break pages
            /srv/django/mysite/settings.py
          ~   mode                           0644 → 0640
          ~   owner                          root:root → deploy:www-data
          - /etc/apache2/sites-enabled/000-default.conf   link to ../sites-available/000-default.conf
          … certificate example.com   seen: no address · wanted: an A record with 203.0.113.10

        Your way in: From step 2 also deploy, key SHA256:9xQe, sudo. From step 4 deploy alone.

        forecast: the value before is foreseen, not seen; a package that this plan installs brings it.
        12 changes: 4 new, 7 changed, 1 removed. 2 open a way in, 3 close one. 1 thing waits for the outside. Nothing
        has been touched.

        """)
  }

  @Test("what an apply would refuse stands above the count, and no revert is spoken of") func obstacles() {
    var plan = SamplePlan.whole
    plan.sections = []
    let obstacle = Diagnostic("File immutable", detail: "/etc/issue is marked.", fix: "chattr -i /etc/issue")
    let text = Report.text(of: plan, style: Style(width: 100), window: "Apply arms a revert.", obstacles: [obstacle])
    #expect(text.contains("File immutable") && text.contains("chattr -i /etc/issue"))
    #expect(text.contains("Apply refuses this plan. Nothing has been touched."))
    #expect(!text.contains("arms a revert"))
  }

  @Test("what was tried stands beneath the way in, and the revert before the count") func rehearsed() {
    var plan = SamplePlan.whole
    plan.sections = []
    plan.access.unproved = ["the packet filter: nft table inet strict: tcp dport 22 drop"]
    plan.access.rehearsals = [
      RehearsedLink(
        .key, .passed, "the planned sshd accepts deploy's key SHA256:RXm/ruZ0eTzRXKwi1AQEDynB0VgHQ2ac9KPSFdf/YnA"),
      RehearsedLink(.packet, .notTried, "a packet from 198.51.100.23 to tcp/22: this host allows no namespaces"),
    ]
    let text = Report.text(of: plan, style: Style(width: 100), window: "Apply arms a revert first.")
    #expect(
      text.hasSuffix(
        """
        Your way in: From step 2 also deploy, key SHA256:9xQe, sudo. From step 4 deploy alone.
          Rehearsed: the planned sshd accepts deploy's key SHA256:RXm/ruZ0…
          Not rehearsed: a packet from 198.51.100.23 to tcp/22: this host allows no namespaces.
          Not proved: the packet filter: nft table inet strict: tcp dport 22 drop. Apply closes nothing
            unless a whole login can be rehearsed.

        Apply arms a revert first.
        0 changes. Nothing has been touched.

        """))
  }

  @Test("wraps to a narrow terminal and names its steps when asked for more") func narrow() {
    #expect(
      Report.text(of: SamplePlan.whole, style: Style(width: 70, isVerbose: true)) == """
        django-apache on box, Debian GNU/Linux 12 (bookworm), as root from
          198.51.100.23

        People · Each account can do its own job and nothing more.
          + user deploy   administrator, sudo without password, key
                          SHA256:9xQe "laptop"
                            opens a way in
          · root has 1 key that the recipe does not name: SHA256:Zt3k "old
            laptop"

        Way in · Most break-ins begin with a guessed password.
          ~ sshd PasswordAuthentication
                                   yes → no              closes a way in
                                     set by /etc/ssh/sshd_config.d/
                                     50-cloud-init.conf:1
          ~      PermitRootLogin   yes → no              closes a way in
          ~      X11Forwarding     yes → no
                                     set by /etc/ssh/sshd_config:90
          + package ufw            0.36.2-1, with 3 more
          ~ firewall incoming      allow → deny
                                     closes a way in · forecast
          +          22/tcp        allow from anywhere   opens a way in

        Web server
          ~ apache ServerTokens   OS → Prod   forecast
                                    would be set by
                                    conf-enabled/security.conf:12
          +        Content-Security-Policy
                                  default-src 'self'; base-uri 'none';
                                  form-action 'self'; frame-ancestors 'none';
                                  object-src 'none'
                                    can break pages
            /srv/django/mysite/settings.py
          ~   mode                0644 → 0640
          ~   owner               root:root → deploy:www-data
          - /etc/apache2/sites-enabled/000-default.conf
                                  link to ../sites-available/000-default.conf
          … certificate example.com
              seen: no address
              wanted: an A record with 203.0.113.10

        Steps · In the order in which they are done.
          1  install ufw
          2  make account deploy (opens a way in)
          3  write /etc/ssh/sshd_config.d/00-harden.conf
          4  reload ssh.service (may close a way in)

        Your way in: From step 2 also deploy, key SHA256:9xQe, sudo. From
          step 4 deploy alone.

        forecast: the value before is foreseen, not seen; a package that this
        plan installs brings it.
        12 changes: 4 new, 7 changed, 1 removed. 2 open a way in, 3 close one.
        1 thing waits for the outside. Nothing has been touched.

        """)
  }

  @Test("repeats in colour what signs and words say") func coloured() {
    let plan = Plan(
      recipe: "vps", inputs: [:], host: SamplePlan.box, visitor: nil, sections: [SamplePlan.wayIn],
      steps: SamplePlan.steps)
    let text = Report.text(of: plan, style: Style(colour: true, width: 100))
    #expect(
      String(text.map { $0 == "\u{1B}" ? "␛" : $0 }) == """
        ␛[1mvps on box, Debian GNU/Linux 12 (bookworm)␛[0m

        ␛[1mWay in␛[0m · Most break-ins begin with a guessed password.
          ␛[33m~␛[0m sshd PasswordAuthentication   yes → no              ␛[1;31mcloses a way in␛[0m
                                            ␛[2mset by /etc/ssh/sshd_config.d/50-cloud-init.conf:1␛[0m
          ␛[33m~␛[0m      PermitRootLogin          yes → no              ␛[1;31mcloses a way in␛[0m
          ␛[33m~␛[0m      X11Forwarding            yes → no              ␛[2mset by /etc/ssh/sshd_config:90␛[0m
          ␛[32m+␛[0m package ufw                   0.36.2-1, with 3 more
          ␛[33m~␛[0m firewall incoming             allow → deny          ␛[1;31mcloses a way in␛[0m · ␛[2mforecast␛[0m
          ␛[32m+␛[0m          22/tcp               allow from anywhere   ␛[33mopens a way in␛[0m

        ␛[2mforecast: the value before is foreseen, not seen; a package that this plan installs brings it.␛[0m
        ␛[1m6 changes: 2 new, 4 changed. 1 opens a way in, 3 close one. Nothing has been touched.␛[0m

        """)
  }

  /// One of a host on which nothing differs.
  private var settledPlan: Plan {
    var plan = SamplePlan.whole
    plan.steps = []
    plan.sections = [
      PlannedSection(name: "People", why: nil, items: [PlannedItem(address: "user:deploy", source: nil)])
    ]
    return plan
  }

  @Test("is one sentence on a settled host") func settled() {
    #expect(
      Report.text(of: settledPlan, style: Style()) == """
        Nothing to do: box is as django-apache wants it (1 resource).

        """)
  }

  @Test("says of one section what stands in the others") func oneSection() {
    #expect(
      Report.text(of: settledPlan, style: Style(), elsewhere: 22)
        == "Nothing to do in People (1 resource). 22 changes in other sections: harden plan\n")
    #expect(
      Report.text(of: settledPlan, style: Style(), elsewhere: 0)
        == "Nothing to do in People (1 resource). Nothing in other sections.\n")
    let plan = SamplePlan.of([Change("/etc/hosts", "mode", from: "0666", to: "0644")])
    #expect(
      Report.text(of: plan, style: Style(), elsewhere: 1).hasSuffix(
        "Nothing has been touched. 1 change in other sections: harden plan\n"))
  }

  @Test("says on a settled host what waits for the outside, and that there are notes") func settledButWaiting() {
    var plan = SamplePlan.whole
    plan.steps = []
    for section in plan.sections.indices {
      for item in plan.sections[section].items.indices { plan.sections[section].items[item].changes = [] }
    }
    #expect(
      Report.text(of: plan, style: Style()) == """
        Nothing to do: box is as django-apache wants it (7 resources). 1 note (--verbose).

        Web server
          … certificate example.com   seen: no address · wanted: an A record with 203.0.113.10

        """)
  }

  @Test("is headed by inputs that are not as the host remembers them") func changedInputs() {
    var plan = SamplePlan.of([Change("/etc/hosts", "mode", from: "0666", to: "0644")])
    plan.changedInputs = [Change("domain", from: "example.com", to: "example.org")]
    #expect(
      Report.text(of: plan, style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Inputs · Not as the host remembers them.
          ~ domain   example.com → example.org

        Way in
          ~ /etc/hosts mode   0666 → 0644

        1 change: 1 changed. Nothing has been touched.

        """)
  }

  @Test("says why apply would refuse it") func refused() {
    var plan = SamplePlan.of([Change("sshd", "PasswordAuthentication", from: "yes", to: "no", risk: .closes)])
    plan.access = AccessReport(
      refusals: [
        Diagnostic(
          "Nobody could get in", detail: "After step 1 no declared administrator has a usable key.",
          fix: "harden plan vps --set adminKey=@id_ed25519.pub")
      ])
    #expect(
      Report.text(of: plan, style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ sshd PasswordAuthentication   yes → no   closes a way in

        error: Nobody could get in

          After step 1 no declared administrator has a usable key.

              harden plan vps --set adminKey=@id_ed25519.pub

        1 change: 1 changed. 1 closes a way in. Apply refuses this plan. Nothing has been touched.

        """)
  }

  @Test("says what it could not read without root") func withoutRoot() {
    var plan = SamplePlan.of([Change("package ufw", from: nil, to: "0.36.2-1")])
    plan.visitor = Operator(user: "deploy", isRoot: false)
    #expect(
      Report.text(of: plan, style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm), as deploy
          Not root: what only root can read is missing from this plan.

        Way in
          + package ufw   0.36.2-1

        1 change: 1 new. Nothing has been touched.

        """)
  }

  @Test("lets nothing of the host's move the cursor, turn a line around or hide") func hostileValues() {
    let plan = SamplePlan.of(
      [
        Change("/srv/a\u{1B}[2Jb", "owner", from: "root\n+ all is well", to: "\u{202E}toor\u{200B}"),
        Change("sshd", "Banner", from: "", to: "\u{9B}31m\u{7F}"),
      ], notes: ["key \u{7}\u{2028}\u{E0041} of \r somebody"])
    #expect(
      Report.text(of: plan, style: Style()) == #"""
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ /srv/a\x1B[2Jb owner   root\n+ all is well → \u{202E}toor\u{200B}
          ~ sshd Banner            "" → \x9B31m\x7F
          · key \x07\u{2028}\u{E0041} of \r somebody

        2 changes: 2 changed. Nothing has been touched.

        """#)
  }

  @Test("shows a value that stays once, with the warning that it is shown for") func sameValue() {
    let change = Change("user deploy", "password", from: "set", to: "set", warning: "never used over SSH again")
    #expect(
      Report.text(of: SamplePlan.of([change]), style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ user deploy password   set   never used over SSH again

        1 change: 1 changed. Nothing has been touched.

        """)
  }

  @Test("has the properties of a long subject beneath it") func longSubject() {
    let changes = [
      Change("/etc/django_config.json", from: nil, to: "0640 root:www-data"),
      Change("/etc/django_config.json", "SECRET_KEY", from: nil, to: "64 random characters, made on the host"),
      Change("/etc/django_config.json", "DEBUG", from: nil, to: "\"False\""),
    ]
    #expect(
      Report.text(of: SamplePlan.of(changes), style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          + /etc/django_config.json   0640 root:www-data
          +   SECRET_KEY              64 random characters, made on the host
          +   DEBUG                   "False"

        3 changes: 3 new. Nothing has been touched.

        """)
  }

  @Test("cuts fingerprints, and shows them whole when asked for more") func fingerprints() {
    let key = "SHA256:RXm/ruZ0eTzRXKwi1AQEDynB0VgHQ2ac9KPSFdf/YnA"
    var plan = SamplePlan.of(
      [Change("user deploy", from: nil, to: "key \(key) “laptop” and \(key)", risk: .opens)],
      notes: ["\(key), SHA256:short and SHA256:"])
    plan.access.timeline = ["root, \(key)"]
    #expect(
      Report.text(of: plan, style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          + user deploy   key SHA256:RXm/ruZ0… “laptop” and SHA256:RXm/ruZ0…   opens a way in
          · SHA256:RXm/ruZ0…, SHA256:short and SHA256:

        Your way in: root, SHA256:RXm/ruZ0…

        1 change: 1 new. 1 opens a way in. Nothing has been touched.

        """)
    #expect(
      Report.text(of: plan, style: Style(width: 160, isVerbose: true)) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          + user deploy   key SHA256:RXm/ruZ0eTzRXKwi1AQEDynB0VgHQ2ac9KPSFdf/YnA “laptop” and SHA256:RXm/ruZ0eTzRXKwi1AQEDynB0VgHQ2ac9KPSFdf/YnA   opens a way in
          · SHA256:RXm/ruZ0eTzRXKwi1AQEDynB0VgHQ2ac9KPSFdf/YnA, SHA256:short and SHA256:

        Steps · In the order in which they are done.
          1  update the package lists

        Your way in: root, SHA256:RXm/ruZ0eTzRXKwi1AQEDynB0VgHQ2ac9KPSFdf/YnA.

        1 change: 1 new. 1 opens a way in. Nothing has been touched.

        """)
  }

  @Test("keeps to what changes: notes on other sections are counted") func quietSections() {
    var plan = SamplePlan.of([Change("sshd", "PermitRootLogin", from: "yes", to: "no")], notes: ["a note beside it"])
    let item = PlannedItem(address: "user:root", source: nil, notes: ["console: root's password is set", "and more"])
    plan.sections.insert(PlannedSection(name: "People", why: nil, items: [item]), at: 0)
    #expect(
      Report.text(of: plan, style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ sshd PermitRootLogin   yes → no
          · a note beside it

        2 notes on sections without changes (--verbose).
        1 change: 1 changed. Nothing has been touched.

        """)
  }

  @Test("shows changes that came up on the way as it shows all others") func changesAlone() {
    let changes = [
      Change("apache", "ServerTokens", from: "OS", to: "Prod", decidedBy: "set by conf-enabled/security.conf:12"),
      Change("/etc/x\u{1B}[2J", from: nil, to: "0644 root:root"),
    ]
    #expect(
      Report.text(of: changes, style: Style()) == #"""
          ~ apache ServerTokens   OS → Prod   set by conf-enabled/security.conf:12
          + /etc/x\x1B[2J         0644 root:root

        """#)
  }

  static let algorithms = [
    Change(
      "sshd", "Ciphers",
      from: "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com",
      to: "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"),
    Change(
      "sshd", "MACs", from: "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha1",
      to: "hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com"),
    Change("sshd", "AcceptEnv", from: "LANG,LC_ALL,COLORTERM", to: "LANG"),
  ]

  @Test("shows of a long list what it loses and gains") func listDifference() {
    #expect(
      Report.text(of: SamplePlan.of(Self.algorithms), style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ sshd Ciphers     the same 5, in another order
          ~      MACs        without umac-64-etm@openssh.com, hmac-sha1; with hmac-sha2-512-etm@openssh.com
          ~      AcceptEnv   LANG,LC_ALL,COLORTERM → LANG

        3 changes: 3 changed. Nothing has been touched.

        """)
  }

  @Test("a list with a name twice is not one in another order") func listWithTwins() {
    let before = #"["www.example.com","shop.example.com","shop.example.com","blog.example.com"]"#
    let after = #"["www.example.com","shop.example.com","blog.example.com"]"#
    let text = Report.text(of: SamplePlan.of([Change("/etc/x.json", "HOSTS", from: before, to: after)]), style: Style())
    #expect(text.contains(before) && text.contains("→ " + after))
  }

  @Test("a list of JSON's is one without its brackets") func listOfJSON() {
    let before = #"["www.example.com","shop.example.com","blog.example.com","old.example.com"]"#
    let after = #"["www.example.com","shop.example.com","new.example.com"]"#
    let text = Report.text(of: SamplePlan.of([Change("/etc/x.json", "HOSTS", from: before, to: after)]), style: Style())
    #expect(
      text.contains(
        #"/etc/x.json HOSTS   without "blog.example.com", "old.example.com"; with "new.example.com""# + "\n"))
  }

  @Test("shows a long list whole when asked for more") func wholeList() {
    #expect(
      Report.text(of: SamplePlan.of(Self.algorithms), style: Style(isVerbose: true)) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ sshd Ciphers     chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,
                             aes128-gcm@openssh.com
                             → chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,
                               aes128-ctr
          ~      MACs        umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha1
                             → hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com
          ~      AcceptEnv   LANG,LC_ALL,COLORTERM → LANG

        Steps · In the order in which they are done.
          1  update the package lists

        3 changes: 3 changed. Nothing has been touched.

        """)
  }

  @Test("gives long labels room where there are several") func longLabels() {
    let paths = ["/etc/cron.d", "/etc/security/limits.d/90-harden.conf", "/etc/security/pwquality.conf.d/harden.conf"]
    let more = [
      "/etc/systemd/journald.conf.d/harden.conf", "/etc/apt/apt.conf.d/52harden-unattended-upgrades-and-more",
    ]
    #expect(
      Report.text(
        of: SamplePlan.of((paths + more).map { Change($0, from: nil, to: "0644 root:root") }), style: Style()) == """
          vps on box, Debian GNU/Linux 12 (bookworm)

          Way in
            + /etc/cron.d                                  0644 root:root
            + /etc/security/limits.d/90-harden.conf        0644 root:root
            + /etc/security/pwquality.conf.d/harden.conf   0644 root:root
            + /etc/systemd/journald.conf.d/harden.conf     0644 root:root
            + /etc/apt/apt.conf.d/52harden-unattended-upgrades-and-more   0644 root:root

          5 changes: 5 new. Nothing has been touched.

          """)
  }

  @Test("cuts a long list, but never what concerns a way in") func longList() {
    var changes = (1...20).map { Change("sshd", "Keyword\($0)", from: "yes", to: "no") }
    changes[18].risk = .closes
    let notes = (1...8).map { "note \($0)" }
    #expect(
      Report.text(of: SamplePlan.of(changes, notes: notes), style: Style()) == """
        vps on box, Debian GNU/Linux 12 (bookworm)

        Way in
          ~ sshd Keyword1    yes → no
          ~      Keyword2    yes → no
          ~      Keyword3    yes → no
          ~      Keyword4    yes → no
          ~      Keyword5    yes → no
          ~      Keyword6    yes → no
          ~      Keyword7    yes → no
          ~      Keyword8    yes → no
          ~      Keyword9    yes → no
          ~      Keyword10   yes → no
          ~      Keyword11   yes → no
          ~      Keyword12   yes → no
          ~      Keyword13   yes → no
          ~      Keyword14   yes → no
          ~      Keyword15   yes → no
          ~      Keyword19   yes → no   closes a way in
            and 4 more of sshd (--verbose)
          · note 1
          · note 2
          · note 3
          · note 4
          · note 5
            and 3 more notes on sshd (--verbose)

        20 changes: 20 changed. 1 closes a way in. Nothing has been touched.

        """)
  }
}
