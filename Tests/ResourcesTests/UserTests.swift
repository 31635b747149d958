import HostTesting
import Resources
import Testing

@Suite("Administrators")
struct UserTests {
  private let key: PublicKey
  private let other: PublicKey
  private let file: Path = "/home/deploy/.ssh/authorized_keys"
  private let ledger: Path = "/etc/harden/keys/deploy"
  private let rule: Path = "/etc/sudoers.d/99-harden-deploy"
  private let mine = Owner("deploy", "deploy")

  init() throws {
    key = try PublicKey(line: SimulatedHost.keyLine(10, comment: "laptop"))
    other = try PublicKey(line: SimulatedHost.keyLine(11, comment: "colleague"))
  }

  private var deploy: User { User("deploy", role: .administrator, keys: [key]) }

  /// A host on which deploy is as declared.
  private func settled(_ change: (inout SimulatedHost) -> Void = { _ in }) -> SimulatedHost {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    host.authorize("deploy", lines: [key.line])
    host.entries["/etc/harden"] = .directory(0o700)
    host.entries[ledger] = .file("\(key.type) \(key.blob)\n", 0o600)
    host.entries[rule] = .file(
      "# Made by harden: deploy logs in by key and has no password that sudo could ask for.\n"
        + "deploy ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
    change(&host)
    return host
  }

  private func written(_ path: Path, by proposal: Proposal) -> [String] {
    proposal.steps.compactMap {
      if case .write(path, let contents, _, _, _) = $0.action { contents } else { nil }
    }
  }

  @Test("an account that is as declared needs nothing")
  func nothing() throws {
    #expect(try settled().proposal(of: deploy).isSettled)
  }

  @Test("its keys are what the proof of access is given")
  func grants() {
    #expect(deploy.grants == Grants(administrators: [.init(name: "deploy", keys: [key])]))
    #expect(User.examples.first?.grants.administrators.first?.keys.count == 1)
    #expect(User("www-data", role: .service).grants == Grants())
  }

  @Test("a new one: account, sudo, directory, keys, in this order", arguments: [12, 13])
  func new(release: Int) throws {
    let trial = try SimulatedHost.debian(release).trial(of: deploy)
    #expect(
      trial.first.changes == [
        Change(
          "user deploy", from: nil, to: "administrator, sudo without password, key \(key.fingerprint) “laptop”",
          risk: .opens)
      ])
    #expect(
      trial.first.steps.map(\.action) == [
        .run(
          command: Command(
            "/usr/sbin/useradd",
            [
              "-m", "-d", "/home/deploy", "-K", "HOME_MODE=0700", "-K", "PASS_MAX_DAYS=-1", "-e", "", "-f", "-1",
              "-s", "/bin/bash", "-p", "*", "deploy",
            ])),
        .write(
          path: rule,
          contents: "# Made by harden: deploy logs in by key and has no password that sudo could ask for.\n"
            + "deploy ALL=(ALL:ALL) NOPASSWD: ALL\n", mode: 0o440, owner: .root,
          check: Command("/usr/sbin/visudo", ["-cf", "/etc/sudoers"])),
        .makeDirectory(path: "/home/deploy/.ssh", mode: 0o700, owner: mine),
        .write(path: file, contents: key.line + "\n", mode: 0o600, owner: mine, check: nil),
        .makeDirectory(path: "/etc/harden/keys", mode: 0o700, owner: .root),
        .write(
          path: ledger, contents: "\(key.type) \(key.blob)\n", mode: 0o600, owner: .root, check: nil),
      ])
    #expect(trial.first.steps[3].risk == .opens)
    #expect(trial.second.isSettled)
  }

  @Test("other people's lines stay byte for byte, and are told")
  func othersStay() throws {
    let host = settled {
      $0.entries[file] = .file(
        "# hand-made\r\n\(other.line)\r\nfrom=\"10.0.0.1\" \(SimulatedHost.keyLine(12))", 0o600, mine)
    }
    let trial = try host.trial(of: deploy)
    #expect(
      written(file, by: trial.first) == [
        "# hand-made\r\n\(other.line)\r\nfrom=\"10.0.0.1\" \(SimulatedHost.keyLine(12))\n\(key.line)\r\n"
      ])
    #expect(
      trial.first.notes.first
        == "deploy also lets in \(other.fingerprint) “colleague”, which the recipe does not declare.")
    #expect(trial.second.isSettled)
  }

  @Test("a key that left the recipe leaves the host, whatever its comment now says; somebody else's does not")
  func keyLeaves() throws {
    let host = settled {
      $0.entries[file] = .file(
        "\(key.line)\n\(SimulatedHost.keyLine(11, comment: "renamed"))\n\(SimulatedHost.keyLine(12))\n", 0o600, mine)
      $0.entries[ledger] = .file("\(key.type) \(key.blob)\n\(other.type) \(other.blob)\n", 0o600)
    }
    let trial = try host.trial(of: deploy)
    #expect(
      trial.first.changes == [
        Change("user deploy", "key", from: "\(other.fingerprint) “renamed”", to: nil, risk: .closes)
      ])
    #expect(written(file, by: trial.first) == ["\(key.line)\n\(SimulatedHost.keyLine(12))\n"])
    #expect(written(ledger, by: trial.first) == ["\(key.type) \(key.blob)\n"])
    #expect(trial.second.isSettled)
  }

  @Test("a key that is exchanged is added before the old one goes")
  func exchanged() throws {
    let trial = try settled().trial(of: User("deploy", role: .administrator, keys: [other]))
    #expect(
      written(file, by: trial.first) == ["\(key.line)\n\(other.line)\n", "\(other.line)\n"])
    let risks = trial.first.steps.filter { if case .write(file, _, _, _, _) = $0.action { true } else { false } }.map(
      \.risk)
    #expect(risks == [.opens, .closes])
    #expect(trial.second.isSettled)
  }

  @Test("exclusive: nobody else's line stays, in authorized_keys2 neither")
  func exclusive() throws {
    let host = settled {
      $0.entries[file] = .file("\(key.line)\n\(other.line)\nssh-dss AAAA old\n# kept\n", 0o600, mine)
      $0.entries["/home/deploy/.ssh/authorized_keys2"] = .file("\(SimulatedHost.keyLine(13))\n", 0o600, mine)
    }
    let trial = try host.trial(of: User("deploy", role: .administrator, keys: [key], exclusive: true))
    #expect(written(file, by: trial.first) == ["\(key.line)\n# kept\n"])
    #expect(trial.first.changes.map(\.property) == ["key", "key", "key in /home/deploy/.ssh/authorized_keys2"])
    #expect(trial.second.isSettled)
  }

  @Test("a declared key that was given a forced command gets its plain line")
  func forcedCommand() throws {
    let host = settled { $0.entries[file] = .file("command=\"echo \\\"hi\\\"\" \(key.line)\n", 0o600, mine) }
    let trial = try host.trial(of: deploy)
    #expect(written(file, by: trial.first).last == "\(key.line)\n")
    #expect(trial.second.isSettled)
  }

  @Test(
    "whatever keeps an account that is there from logging in is mended",
    arguments: [
      ("account", account(expires: 1)), ("password change", account(passwordExpired: true)),
      ("shell", account(shell: "/usr/sbin/nologin")), ("shell", account(shell: "/bin/zsh")),
      ("password", account(password: .locked)), ("password", account(password: .empty)),
      ("password age", account(maximumAge: 90)),
    ])
  func mended(_ property: String, _ account: Account) throws {
    let trial = try settled { $0.accounts.users["deploy"] = account }.trial(of: deploy)
    #expect(trial.first.changes.map(\.property) == [property])
    #expect(trial.second.isSettled)
  }

  private static func account(
    shell: String = "/bin/bash", password: Account.Password = .none, expires: Int? = nil, passwordExpired: Bool = false,
    maximumAge: Int? = nil
  ) -> Account {
    Account(
      name: "deploy", uid: 1000, group: "deploy", home: "/home/deploy", shell: shell, password: password,
      expires: expires, passwordExpired: passwordExpired, passwordMaximumAge: maximumAge)
  }

  @Test("the age of a password that can be typed is its owner's affair") func ageing() throws {
    let account = Self.account(password: .usable, maximumAge: 90)
    #expect(try settled { $0.accounts.users["deploy"] = account }.trial(of: deploy).first.isSettled)
  }

  @Test("a day on which an administrator will be shut out is said, the nearer the louder") func ends() throws {
    let today = 30_000
    func told(_ account: Account, ends: Int? = nil) throws -> Proposal {
      var account = account
      account.passwordEnds = ends
      return try settled {
        $0.accounts.today = today
        $0.accounts.users["deploy"] = account
      }.trial(of: deploy).first
    }
    let near = try told(Self.account(password: .usable, expires: today + 30, maximumAge: 90), ends: today + 1)
    #expect(near.isSettled && near.notes == [])
    #expect(
      near.waiting == [
        Waiting(
          "account deploy", seen: "ends on 2052-03-21, and then no key lets deploy in",
          wanted: "no end (chage -E -1 deploy)"),
        Waiting(
          "password of deploy", seen: "over age from 2052-02-21 on, and then no key lets deploy in",
          wanted: "a new one (passwd deploy), or no age (chage -M -1 deploy)"),
      ])
    let far = try told(Self.account(expires: today + 31))
    #expect(far.waiting == [])
    #expect(
      far.notes == [
        "account deploy: ends on 2052-03-22, and then no key lets deploy in; better: no end (chage -E -1 deploy)"
      ])
    // These are mended, or never come.
    for (account, ends) in [
      (Self.account(maximumAge: 90), today + 1), (Self.account(expires: 1), nil), (Self.account(expires: Int.max), nil),
    ] {
      let told = try told(account, ends: ends)
      #expect(told.notes == [] && told.waiting == [])
    }
  }

  @Test(
    "modes and owners that sshd's StrictModes refuses are mended",
    arguments: [
      ("/home/deploy", 0o777, "deploy", "deploy", "0775 deploy:deploy"),
      ("/home/deploy", 0o775, "deploy", "www-data", "0755 deploy:www-data"),
      ("/home/deploy", 0o755, "root", "root", "0755 deploy:deploy"),
      ("/home/deploy/.ssh", 0o755, "deploy", "deploy", "0700 deploy:deploy"),
      ("/home/deploy/.ssh/authorized_keys", 0o600, "root", "root", "0600 deploy:deploy"),
      ("/home/deploy/.ssh/authorized_keys", 0o666, "deploy", "deploy", "0600 deploy:deploy"),
    ] as [(Path, UInt16, String, String, String)])
  func strictModes(_ path: Path, _ mode: UInt16, _ user: String, _ group: String, _ after: String) throws {
    let host = settled {
      if path == file {
        $0.entries[path] = .file(key.line + "\n", FileMode(mode), Owner(user, group))
      } else {
        $0.entries[path] = .directory(FileMode(mode), Owner(user, group))
      }
    }
    let trial = try host.trial(of: deploy)
    #expect(!trial.first.isSettled)
    #expect(trial.second.isSettled)
    let status = try trial.observations.file(path).value
    #expect(status.map { "\($0.mode) \($0.owner)" } == after)
  }

  @Test("a home that its own group can write is what Debian's sshd takes")
  func privateGroup() throws {
    let host = settled { $0.entries["/home/deploy"] = .directory(0o775, mine) }
    #expect(try host.proposal(of: deploy).isSettled)
    let shared = settled {
      $0.entries["/home/deploy"] = .directory(0o775, mine)
      $0.accounts.groups["deploy"] = ["www-data"]
    }
    #expect(try shared.proposal(of: deploy).changes.map(\.after) == ["0755"])
  }

  @Test("links where keys belong and homes of others are refused, not followed")
  func refused() {
    let link = settled { $0.entries["/home/deploy/.ssh"] = .link(target: "/tmp/keys") }
    #expect(throws: Diagnostic.self) { try link.proposal(of: deploy) }
    let file = settled { $0.entries["/home/deploy/.ssh/authorized_keys"] = .link(target: "/tmp/keys") }
    #expect(diagnostic { try file.proposal(of: deploy) }?.summary == "Keys behind a link")
    let shared = settled {
      $0.accounts.users["deploy"]?.home = "/srv/site"
      $0.entries["/srv/site"] = .directory(0o755, Owner("www-data", "www-data"))
    }
    let failure = diagnostic { try shared.proposal(of: deploy) }
    #expect(failure?.summary == "Home belongs to somebody else")
    #expect(failure?.fix == "usermod -d /home/deploy deploy")
    let toor = settled { $0.accounts.users["deploy"]?.uid = 0 }
    #expect(throws: Diagnostic.self) { try toor.proposal(of: deploy) }
  }

  @Test("what is to be done about a home of somebody else's can be done", arguments: [true, false])
  func homeOfOthers(_ isThere: Bool) {
    let bobs = settled {
      $0.addUser("bob", uid: 1005)
      if !isThere { $0.accounts.users["deploy"] = nil }
      $0.entries["/home/deploy"] = .directory(0o755, Owner("bob", "bob"))
    }
    let failure = diagnostic { try bobs.proposal(of: deploy) }
    #expect(failure?.summary == "Home belongs to somebody else")
    #expect(failure?.fix == "mv /home/deploy /home/deploy.bob")
    #expect(
      failure?.detail.hasPrefix(
        "/home/deploy\(isThere ? " of deploy" : ", where deploy is to live,") belongs to bob:bob.") == true)
    var living = bobs
    living.accounts.users["bob"]?.home = "/home/deploy"
    #expect(diagnostic { try living.proposal(of: deploy) }?.fix == "usermod -m -d /home/bob bob")
  }

  @Test("the key file is where sshd looks for it")
  func keyFile() throws {
    let host = settled {
      $0.entries["/etc/ssh/sshd_config.d/10-keys.conf"] = .file("AuthorizedKeysFile /etc/ssh/keys/%u\n")
    }
    let trial = try host.trial(of: deploy)
    #expect(written("/etc/ssh/keys/deploy", by: trial.first) == [key.line + "\n"])
    #expect(try trial.observations.file("/etc/ssh/keys/deploy").value?.owner == .root)
    #expect(trial.second.isSettled)
    // Whoever may write there lets in whom they like.
    for mode: FileMode in [0o775, 0o757] {
      var open = host
      open.entries["/etc/ssh/keys"] = .directory(mode)
      open.entries["/etc/ssh/keys/deploy"] = .file(key.line + "\n")
      let change = try open.proposal(of: deploy).changes.first { $0.property == "mode of /etc/ssh/keys" }
      #expect(change?.before == "\(mode)" && change?.after == "0755")
    }
  }

  @Test("the key file of an account that is yet to be made is where sshd will look for it")
  func keyFileOfNewAccount() throws {
    var host = SimulatedHost.debian(13)
    host.entries["/etc/ssh/sshd_config.d/10-keys.conf"] = .file("AuthorizedKeysFile /etc/ssh/keys/%u\n")
    let trial = try host.trial(of: deploy)
    #expect(written("/etc/ssh/keys/deploy", by: trial.first) == [key.line + "\n"])
    #expect(trial.second.isSettled)
    host.entries["/etc/ssh/sshd_config.d/10-keys.conf"] = .file("Match User deploy\n  AuthorizedKeysFile none\n")
    let failure = diagnostic { try host.proposal(of: deploy) }
    #expect(failure?.summary == "No file for keys")
    #expect(failure?.detail.hasSuffix("set “AuthorizedKeysFile .ssh/authorized_keys”:") == true)
    host.entries["/etc/ssh/sshd_config.d/10-keys.conf"] = .file("AuthorizedKeysFile /etc/ssh/%U.keys\n")
    let numbered = diagnostic { try host.proposal(of: deploy) }
    #expect(numbered?.fix == "sudo useradd -m -s /bin/bash deploy")
    host.entries["/etc/ssh/sshd_config.d/10-keys.conf"] = .file("AuthorizedKeysFile /etc/ssh/%U.keys .ssh/keys\n")
    #expect(try written("/home/deploy/.ssh/keys", by: host.proposal(of: deploy)) == [key.line + "\n"])
    host.addUser("deploy", uid: 1000)
    #expect(try written("/home/deploy/.ssh/keys", by: host.proposal(of: deploy)) == [key.line + "\n"])
    host.entries["/etc/ssh/sshd_config.d/10-keys.conf"] = .file(
      "AuthorizedKeysFile none\nAuthorizedKeysCommand /usr/bin/keys %u\nAuthorizedKeysCommandUser nobody\n")
    #expect(diagnostic { try host.proposal(of: deploy) }?.detail.contains("It asks “/usr/bin/keys %u”") == true)
  }

  @Test("whoever has sudo with a password of their own keeps that")
  func keepsPassword() throws {
    let host = settled {
      $0.entries[rule] = nil
      $0.accounts.users["deploy"]?.password = .usable
      $0.accounts.groups["sudo"] = ["deploy"]
    }
    #expect(try host.proposal(of: deploy).isSettled)
  }

  @Test("a password that may be none is no way to root: sudo without one is given, and that is said")
  func doubtfulPassword() throws {
    let host = settled {
      $0.entries[rule] = nil
      $0.accounts.users["deploy"]?.password = .doubtful
      $0.accounts.groups["sudo"] = ["deploy"]
    }
    let change = try host.proposal(of: deploy).changes.first
    #expect(change?.before == "with a password that may be none (letters as of crypt's DES)")
    #expect(change?.after == "without password")
  }

  @Test(
    "sudo that makes no administrator is told from sudo that does",
    arguments: [
      ("env_reset, noexec", "NOPASSWD: ALL", "sudo keeps what it runs"),
      ("env_reset, noexec", "NOPASSWD: EXEC: ALL", ""),
      ("env_reset", "NOEXEC: NOPASSWD: ALL", "sudo keeps what it runs"),
      ("env_reset, runas_default=www-data", "ALL", "sudo makes www-data, not root"),
      ("env_reset, runas_default=root", "ALL", ""),
      ("env_reset\n\nRunas and Command-specific defaults for deploy:\n    Defaults!/bin/x noexec", "ALL", ""),
    ])
  func futility(_ defaults: String, _ rule: String, _ words: String) {
    let rights = SudoRights(
      "Matching Defaults entries for deploy on box:\n    \(defaults)\n\nUser deploy may run the following commands on box:\n"
        + "    (ALL : ALL) \(rule)\n")
    #expect(rights.everything)
    #expect((rights.futility == nil) == words.isEmpty && (rights.futility ?? "").hasPrefix(words))
  }

  @Test("sudo that makes no administrator is said before anything is planned")
  func futileRights() {
    let host = settled { host in
      host.asking { question, _ in
        guard question == UserSudo.question("deploy") else { return nil }
        let rule = "(ALL : ALL) NOEXEC: NOPASSWD: ALL"
        return .there(
          value: CommandResult(status: 0, output: "deploy may run the following commands on box:\n    \(rule)\n"))
      }
    }
    #expect(diagnostic { try host.proposal(of: deploy) }?.summary == "sudo makes no administrator")
  }

  @Test("a terminal, a password of another's, none at all: as sudoers says")
  func terms() {
    func rights(_ defaults: String) -> SudoRights {
      SudoRights(
        "Matching Defaults entries for x on box:\n    \(defaults)\n\nUser x may run the following commands on box:\n"
          + "    (ALL : ALL) ALL\n")
    }
    #expect(rights("requiretty").needsTerminal && !rights("!requiretty").needsTerminal)
    #expect(rights("env_reset, targetpw").otherPassword == "targetpw" && rights("env_reset").otherPassword == nil)
    #expect(rights("env_reset, pam_service=x").pamService == "x" && rights("env_reset").pamService == "sudo")
    #expect(rights("!authenticate").withoutPassword && !rights("env_reset").withoutPassword)
  }

  @Test("an account that another one with its number stands before is no administrator")
  func twin() throws {
    let failure = diagnostic { try settled { $0.accounts.users["deploy"]?.twin = "ana" }.proposal(of: deploy) }
    #expect(failure?.summary == "Two accounts with one number")
  }

  @Test("a later rule that forbids everything is not overlooked")
  func sudoForbidden() throws {
    #expect(SudoRights("x may run the following commands on box:\n    (ALL) NOPASSWD: ALL\n").everything)
    // Tags hold for what follows them in the same rule.
    let tagged = SudoRights("x may run the following commands on box:\n    (ALL) NOPASSWD: /bin/ls, PASSWD: ALL\n")
    #expect(tagged.everything && !tagged.withoutPassword)
    #expect(
      !SudoRights("x may run the following commands on box:\n    (ALL) NOPASSWD: ALL\n    (ALL) !ALL\n").everything)
    let host = settled { $0.entries["/etc/sudoers.d/zz-policy"] = .file("deploy ALL=(ALL:ALL) !ALL\n", 0o440) }
    let failure = diagnostic { try host.proposal(of: deploy) }
    #expect(failure?.summary == "sudo does not obey its rule")
  }

  @Test("an account that comes from a directory is not made beside it")
  func accountElsewhere() throws {
    func host(_ answer: CommandResult) -> SimulatedHost {
      var host = SimulatedHost.debian(12)
      host.asking { question, _ in
        question.command.arguments == ["passwd", "deploy"] ? .there(value: answer) : nil
      }
      return host
    }
    let line = "deploy:x:4001:4001::/home/deploy:/bin/bash\n"
    let known = diagnostic { try host(CommandResult(status: 0, output: line)).proposal(of: deploy) }
    #expect(known?.summary == "Account of a directory")
    #expect(try host(CommandResult(status: 2, output: "")).trial(of: deploy).second.isSettled)
  }

  @Test("sudo that wants a terminal is said to give no answer")
  func sudoWithoutAnswer() throws {
    var host = settled { _ in }
    host.asking { question, _ in
      guard question.command.executable == "/usr/bin/sudo" else { return nil }
      return .there(
        value: CommandResult(status: 1, output: "", errors: "sudo: sorry, you must have a tty to run sudo\n"))
    }
    let failure = diagnostic { try host.proposal(of: deploy) }
    #expect(failure?.summary == "sudo does not answer")
    #expect(failure?.detail.contains("requiretty") == true)
    host.asking { question, _ in
      guard question.command.executable == "/usr/bin/sudo" else { return nil }
      let said = "sudo: account validation failure, is your account locked?\nsudo: a password is required\n"
      return .there(value: CommandResult(status: 1, output: "", errors: said))
    }
    let other = diagnostic { try host.proposal(of: deploy) }
    #expect(other?.detail.contains("locked? sudo: a password is required”. Root itself is refused") == true)
    #expect(other?.detail.contains("requiretty") == false && other?.fix == "sudo -l -U deploy")
    host.accounts.users["root"]?.passwordExpired = true
    let shut = diagnostic { try host.proposal(of: deploy) }
    #expect(shut?.detail.contains("said of root, whose account has expired or whose password is over age") == true)
    #expect(shut?.fix?.hasPrefix("chage -d \(civilDate(daysSince1970: host.accounts.today)) -E -1 root ") == true)
  }

  @Test("sudo whose rules are to come from SSSD, which is not there: the line that says so is named")
  func sudoOfSSSD() throws {
    var host = settled { $0.entries["/etc/nsswitch.conf"] = .file("passwd: files sss\n\nsudoers:\tsss # ours\n") }
    host.asking { question, _ in
      guard question.command.executable == "/usr/bin/sudo" else { return nil }
      let said =
        "sudo: unable to load /usr/lib/libsss_sudo.so: cannot open shared object file: No such file or directory\n"
        + "sudo: unable to initialize SSS source. Is SSSD installed on your machine?\n"
      return .there(value: CommandResult(status: 1, output: "", errors: said))
    }
    let failure = diagnostic { try host.proposal(of: deploy) }
    #expect(failure?.summary == "sudo does not answer")
    #expect(failure?.detail.contains("/etc/nsswitch.conf:3 says “sudoers: sss”") == true)
    #expect(failure?.fix?.hasPrefix("sed -i '3s/.*/sudoers: files/' /etc/nsswitch.conf ") == true)
  }

  @Test("sudo rules that may not be read have no fault")
  func sudoUnread() throws {
    var host = settled { $0.entries[rule] = nil }
    host.asking { question, _ in
      guard question == SudoersCheck.question else { return nil }
      let errors = "visudo: unable to open /etc/sudoers: Permission denied\n"
      return .there(value: CommandResult(status: 1, output: "", errors: errors))
    }
    #expect(try !host.proposal(of: deploy).isSettled)
  }

  @Test("a fault in somebody's sudo rules is said before one is added beside it")
  func sudoFault() throws {
    func host(_ change: (inout SimulatedHost) -> Void) -> SimulatedHost {
      var host = settled(change)
      host.asking { question, _ in
        guard question == SudoersCheck.question else { return nil }
        let errors = "/etc/sudoers.d/zz:1:14: syntax error\nana ALL=(ALL\n            ^\n"
        return .there(value: CommandResult(status: 1, output: "", errors: errors))
      }
      return host
    }
    let failure = diagnostic { try host { $0.entries[rule] = nil }.proposal(of: deploy) }
    #expect(failure?.summary == "sudo's rules have a fault")
    #expect(failure?.detail.contains("“/etc/sudoers.d/zz:1:14: syntax error”") == true)
    #expect(diagnostic { try host { _ in }.proposal(of: SudoLogging()) }?.summary == "sudo's rules have a fault")
    // Nothing is to be added: nobody asks.
    #expect(try host { _ in }.proposal(of: deploy).isSettled)
  }

  @Test("sudo with a password that nobody has set is no sudo")
  func sudoWithoutPassword() throws {
    let host = settled {
      $0.entries[rule] = nil
      $0.accounts.groups["sudo"] = ["deploy"]
    }
    let trial = try host.trial(of: deploy)
    #expect(
      trial.first.changes == [
        Change("user deploy", "sudo", from: "with a password that is not set", to: "without password", risk: .opens)
      ])
    #expect(trial.second.isSettled)
  }

  @Test("a rule that a later file takes back is said, not written again")
  func ruleDefeated() {
    let host = settled { $0.entries["/etc/sudoers.d/zz"] = .file("deploy ALL=(ALL:ALL) ALL\n", 0o440) }
    let failure = diagnostic { try host.proposal(of: deploy) }
    #expect(failure?.summary == "sudo does not obey its rule")
  }

  @Test("sudo is installed where it is not there")
  func installsSudo() throws {
    var host = SimulatedHost.debian(13)
    host.packages["sudo"] = nil
    host.entries = host.entries.filter { !$0.key.text.hasPrefix("/etc/sudoers") }
    let trial = try host.trial(of: deploy)
    #expect(trial.first.steps.contains { $0.action == .install(packages: ["sudo"]) })
    #expect(trial.second.isSettled)
  }

  @Test("names with a dot get a file that sudo reads")
  func dottedName() throws {
    let trial = try SimulatedHost.debian(12).trial(of: User("jo.doe", role: .administrator, keys: [key]))
    #expect(written("/etc/sudoers.d/99-harden-jo+doe", by: trial.first).count == 1)
    #expect(trial.second.isSettled)
  }

  @Test("an account of a service is not made an administrator; a person's old one with a shell is")
  func service() throws {
    let host = SimulatedHost.debian(12)
    #expect(throws: Diagnostic.self) {
      try host.proposal(of: User("www-data", role: .administrator, keys: [key]))
    }
    var nobody = settled()
    nobody.addUser("nobody", uid: 65534)
    #expect(
      diagnostic { try nobody.proposal(of: User("nobody", role: .administrator, keys: [key])) }?.summary
        == "A service's account is no administrator's")
    var old = settled()
    old.addUser("ana", uid: 500)
    #expect(try old.proposal(of: User("ana", role: .administrator, keys: [key])).isSettled == false)
  }

  @Test("an unreadable key file is an error, not an empty one")
  func unreadable() {
    let host = settled { $0.overrides[.contents(path: file)] = .unreadable(reason: "permission denied") }
    #expect(throws: Diagnostic.self) { try host.proposal(of: deploy) }
  }

  @Test("a former administrator loses what harden gave: keys, rule, sessions; the home and the keys of others stay")
  func former() throws {
    let host = settled {
      $0.entries[file] = .file("\(key.line)\n\(other.line)\n", 0o600, mine)
      $0.accounts.users["deploy"]?.password = .usable
    }
    let trial = try host.trial(of: FormerUser("deploy"))
    #expect(written(file, by: trial.first) == ["\(other.line)\n"])
    #expect(trial.first.changes.map(\.property) == ["key", "sudo", "password"])
    #expect(
      trial.first.steps.contains {
        if case .run(let command) = $0.action { command.arguments == ["terminate-user", "deploy"] } else { false }
      })
    #expect(trial.first.steps.allSatisfy { $0.risk == .closes })
    #expect(trial.second.isSettled)
    #expect(try SimulatedHost.debian(12).proposal(of: FormerUser("deploy")).isSettled)
  }
}

@Suite("Accounts of services, and root")
struct ServiceUserTests {
  private let service = User("www-data", role: .service)

  @Test("Debian's www-data is what a service should be")
  func stock() throws {
    #expect(try SimulatedHost.debian(12).proposal(of: service).isSettled)
  }

  @Test("shell, password, sudo's group and keys go")
  func shut() throws {
    var host = SimulatedHost.debian(12)
    host.accounts.users["www-data"]?.shell = "/bin/bash"
    host.accounts.users["www-data"]?.password = .usable
    host.accounts.groups["sudo"] = ["www-data"]
    host.authorize("www-data", lines: [SimulatedHost.keyLine(9, comment: "deploy hook")])
    let trial = try host.trial(of: service)
    #expect(trial.first.changes.map(\.property) == ["shell", "password", "group", "key"])
    #expect(trial.first.steps.allSatisfy { $0.risk == .closes })
    #expect(trial.first.notes == ["www-data may use sudo: (ALL : ALL) ALL. See: sudo -l -U www-data"])
    #expect(trial.second.isSettled)
    #expect(trial.second.notes == [])
  }

  @Test("one that is not there is made without shell, password and home")
  func made() throws {
    let trial = try SimulatedHost.debian(13).trial(of: User("gunicorn", role: .service))
    #expect(trial.first.steps.count == 1)
    #expect(trial.second.isSettled)
  }

  @Test(
    "root's password is told and never written",
    arguments: [
      (Account.Password.usable, "console: root's password is set"), (.locked, "console: locked, run: passwd root"),
      (.none, "console: locked, run: passwd root"),
    ])
  func console(_ password: Account.Password, _ note: String) throws {
    var host = SimulatedHost.debian(12)
    host.accounts.users["root"]?.password = password
    let proposal = try host.proposal(of: User("root", role: .consoleOnly))
    #expect(proposal.isSettled)
    #expect(proposal.notes.first == note)
    #expect(proposal.notes.count == 2)
  }

  @Test("only root is for the console")
  func others() {
    #expect(throws: Diagnostic.self) {
      try SimulatedHost.debian(12).proposal(of: User("www-data", role: .consoleOnly))
    }
  }
}
