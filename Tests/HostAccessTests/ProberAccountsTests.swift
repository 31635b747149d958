import HostState
import Testing

@testable import HostAccess

/// A hash of so many letters.
private func letters(_ count: Int) -> String { String(repeating: ".", count: count) }

@Suite("Accounts: read, and as they will be")
struct ProberAccountsTests {
  private let passwd = """
    root:x:0:0:root:/root:/bin/bash
    www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
    deploy:x:1000:1000:Deploy,,,:/home/deploy:/bin/bash
    old::1001:1000::/home/old:
    lost:x:1002:7777::/:/bin/sh
    +@nis
    """
  private let shadow = """
    root:$y$j9T$abc$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV04:19000:0:99999:7:::
    www-data:*:19000::::::
    deploy:!$6$abc:0:0:99999:7::20000:
    """
  private let group = """
    root:x:0:
    sudo:x:27:deploy,old
    www-data:x:33:
    deploy:x:1000:
    """

  private func accounts(shadow: String?, loginDefinitions: String = "", today: Int = 20_000) -> Accounts {
    Accounts(
      passwd: passwd, shadow: shadow, groups: group, loginDefinitions: loginDefinitions, today: today)
  }

  @Test("passwd, shadow and group together")
  func together() {
    let accounts = accounts(shadow: shadow, loginDefinitions: "UMASK 022\nHOME_MODE\t0700\n")
    #expect(accounts.users.keys.sorted() == ["deploy", "lost", "old", "root", "www-data"])
    #expect(accounts.users["root"]?.password == .usable)
    #expect(accounts.users["www-data"]?.password == Account.Password.none)
    #expect(
      accounts.users["deploy"]
        == Account(
          name: "deploy", uid: 1000, group: "deploy", home: "/home/deploy", shell: "/bin/bash", password: .locked,
          expires: 20_000, passwordExpired: true, comment: "Deploy,,,"))
    #expect(accounts.users["old"]?.password == .empty && accounts.users["old"]?.shell == "")
    #expect(accounts.users["lost"]?.group == "7777" && accounts.users["lost"]?.password == Account.Password.none)
    #expect(accounts.groups(of: "deploy") == ["deploy", "sudo"])
    #expect(accounts.newHomeMode == 0o700 && accounts.today == 20_000)
  }

  @Test(
    "a hash that nobody's password can have is none",
    arguments: [
      ("$6$", Account.Password.none), ("$6$salt$hash", .none), ("$y$", .none), ("x", .none), ("!", .locked),
      ("*", .none), ("", .empty), ("$8$abc$defghijkl", .none), ("hunter2secret", .doubtful), ("hunter2 secre", .none),
      ("hunter2secrets", .none), ("abiQ6Ep3EYTHc", .doubtful), ("_J9..abcd5WNy9VUCfAY", .doubtful),
      ("$y$j9T$abcdefgh$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV04", .usable),
      ("$y$j9T$abcdefgh$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV0", .none),
      ("$y$j9T$abcdefgh$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV0*", .none),
      ("$gy$j9T$abcdefgh$CiTibHdBM/5r3qmg1i0DxivDn1U977EDVDgQAyycj9/", .usable),
      ("$7$CU..../....abcdefgh$19TzpFZ5AwP26vdEMbfvWacoVUfd2MfVusFAVFilh.C", .usable),
      ("$2b$05$abcdefghijklmnopqrstuuhKF09ZYWwH2zP/0fwE1X8e/Q1YNx/hO", .usable),
      ("$2$05$abcdefghijklmnopqrstuuhKF09ZYWwH2zP/0fwE1X8e/Q1YNx/hO", .none),
      ("$sha1$1000$abcdefgh$S1ArdJYzrh17g244/Kvgwg8.Q1c0", .usable),
      ("$md5,rounds=5000$abcdefgh$chb.KDOTuNNqqS66XWjA21", .usable), ("$1$$LP5.V3ajGqHDdXW6XwZQy.", .usable),
      ("$3$$a9f0dd57e1edab5bb55a9ac0a99c15ec", .usable),
    ] as [(String, Account.Password)])
  func noHash(_ field: String, _ password: Account.Password) {
    #expect(accounts(shadow: "root:\(field):19000:0:99999:7:::\n").users["root"]?.password == password)
  }

  @Test("of accounts with one number, the second has the first for a twin")
  func twins() {
    let accounts = Accounts(
      passwd: "a:x:7:7::/:\nb:x:7:7::/:\nc:x:8:8::/:\n", shadow: nil, groups: "", loginDefinitions: "", today: 0)
    #expect(accounts.users["a"]?.twin == nil && accounts.users["b"]?.twin == "a" && accounts.users["c"]?.twin == nil)
  }

  @Test("without shadow nobody's password is known")
  func noShadow() {
    #expect(accounts(shadow: nil).users["root"]?.password == .unknown)
    #expect(accounts(shadow: nil).users["old"]?.password == .empty)
    #expect(accounts(shadow: nil).newHomeMode == 0o755)
    #expect(accounts(shadow: nil, loginDefinitions: "# UMASK 000\nUMASK 077\n").newHomeMode == 0o700)
  }

  @Test("a password is over age a day after its last", arguments: [(19_090, false), (19_091, true)])
  func overAge(today: Int, expired: Bool) {
    let aged = shadow.replacing(":19000:0:99999", with: ":19000:0:90")
    let root = accounts(shadow: aged, today: today).users["root"]
    #expect(root?.passwordExpired == expired)
    #expect(root?.passwordMaximumAge == 90 && root?.passwordEnds == (expired ? nil : 19_091))
    #expect(accounts(shadow: shadow, today: today).users["root"]?.passwordMaximumAge == nil)
  }

  private func planned(_ changes: [AccountsChange]) -> Accounts {
    let files = OverlayAccounts(changes, passwd: passwd + "\n", shadow: shadow + "\n", group: group + "\n").files
    return Accounts(
      passwd: files["/etc/passwd"] ?? passwd, shadow: files["/etc/shadow"] ?? shadow,
      groups: files["/etc/group"] ?? group, loginDefinitions: "", today: 20_000)
  }

  @Test("planned changes give the accounts that the plan foresees")
  func changes() {
    let new = Account(name: "app", uid: nil, group: "app", home: "/srv/app", shell: "/bin/sh", password: .none)
    var shut = Account(
      name: "deploy", uid: 1000, group: "deploy", home: "/home/deploy", shell: "/usr/sbin/nologin", password: .none)
    shut.expires = 1
    let changes: [AccountsChange] = [
      .user(account: new), .group(name: "web"), .join(user: "app", group: "web"), .join(user: "app", group: "web"),
      .user(account: shut), .leave(user: "deploy", group: "sudo"), .removeUser(name: "old"),
    ]
    var foreseen = accounts(shadow: shadow)
    for change in changes { change.apply(to: &foreseen) }
    var made = planned(changes)
    #expect(made.users["app"]?.uid == 1003)
    made.users["app"]?.uid = nil
    #expect(made == foreseen)
  }

  @Test("other fields of an account stay")
  func kept() {
    let account = Account(
      name: "deploy", uid: nil, group: "deploy", home: "/home/deploy", shell: "/bin/zsh", password: .locked)
    let overlay = OverlayAccounts([.user(account: account)], passwd: passwd, shadow: shadow, group: group + "\n")
    #expect(overlay.files["/etc/passwd"]?.contains("deploy:x:1000:1000:Deploy,,,:/home/deploy:/bin/zsh\n") == true)
    #expect(overlay.files["/etc/shadow"]?.contains("deploy:!$6$abc:19000:0:99999:7:::\n") == true)
    #expect(overlay.files["/etc/group"] == nil)
  }

  @Test("a hash has its scheme's letters behind a salt of its length")
  func hashes() {
    func password(_ start: String, _ count: Int) -> Account.Password { .init(field: start + letters(count)) }
    #expect(password("$6$abc$", 86) == .usable && password("$6$rounds=1000$abc$", 86) == .usable)
    #expect(password("$5$abc$", 43) == .usable && password("$5$abc$", 86) == Account.Password.none)
    #expect(password("$6$abcdefghijklmnopq$", 86) == Account.Password.none)
    #expect(password("", 13) == .doubtful && password("", 24) == .doubtful && password("", 14) == Account.Password.none)
  }

  @Test("a password is lent to who has one, and to nobody else")
  func lent() {
    let (old, new) = ("$6$abc$" + letters(86), "$6$new$" + letters(86))
    func text(_ field: String, passwd: String = "x") -> [String: String] {
      OverlayAccounts(
        [], lending: LentPassword(account: "ana", hash: new, shielded: []),
        passwd: "root:x:0:0::/root:/bin/sh\nana:\(passwd):7:7::/:\n",
        shadow: "root:\(old):1::::::\nana:\(field):1::::::\n", group: ""
      ).files
    }
    #expect(text(old) == ["/etc/shadow": "root:\(old):1::::::\nana:\(new):1::::::\n"])
    #expect(text("*", passwd: old) == ["/etc/passwd": "root:x:0:0::/root:/bin/sh\nana:\(new):7:7::/:\n"])
    for field in ["*", "!\(old)", "", "hunter2secret"] { #expect(text(field).isEmpty) }
  }

  @Test(
    "an account that is to be open is neither past its end nor over age",
    arguments: ["0:0:99999:7:::", "18000:0:90:7:30::", "19000:0:99999:7::1:"])
  func opened(_ age: String) throws {
    let shadow = "root:!$6$abc:\(age)\n"
    func accounts(_ shadow: String) -> Accounts {
      Accounts(
        passwd: "root:x:0:0::/root:/bin/sh\n", shadow: shadow, groups: "root:x:0:\n", loginDefinitions: "",
        today: 20_000)
    }
    let root = try #require(accounts(shadow).users["root"])
    #expect(root.refusesSudo(on: 20_000))
    let overlay = OverlayAccounts(
      [.user(account: root.opened)], passwd: "root:x:0:0::/root:/bin/sh\n", shadow: shadow, group: "root:x:0:\n")
    let text = try #require(overlay.files["/etc/shadow"])
    #expect(text.hasPrefix("root:!$6$abc:"))
    #expect(accounts(text).users["root"]?.refusesSudo(on: 20_000) == false)
  }

  @Test("of sudo's answers those are asked for again that say nothing of anybody's rights")
  func sudoUnanswered() {
    func inquiry(_ name: String) -> Inquiry { Inquiry(.output(question: SudoRights.question(name))) }
    func answer(_ status: Int32, _ output: String, _ errors: String) -> Answer<Fact> {
      .there(value: .output(CommandResult(status: status, output: output, errors: errors)))
    }
    let other = Question(Command("/usr/sbin/sshd", ["-T"]), reads: [])
    let answers: [Inquiry: Answer<Fact>] = [
      inquiry("ana"): answer(1, "", "sudo: account validation failure, is your account locked?\n"),
      inquiry("bob"): answer(0, "User bob is not allowed to run sudo on box.\n", ""),
      inquiry("eva"): answer(
        0, "User eva may run the following commands on box:\n    (ALL) ALL\n", "sudo: a warning\n"),
      inquiry("ida"): .absent, Inquiry(.output(question: other)): answer(1, "", "sshd: no hostkeys available\n"),
    ]
    #expect(SudoAsRoot.unanswered(answers) == [inquiry("ana")])
  }

  @Test("nothing planned, nothing replaced")
  func nothing() { #expect(OverlayAccounts([], passwd: passwd, shadow: shadow, group: group).files.isEmpty) }
}
