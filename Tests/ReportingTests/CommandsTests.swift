import Foundation
import HostState
import Planning
import Reporting
import Testing

@Suite("A plan as shell lines") struct CommandsTests {
  static let check = Command("/usr/sbin/sshd", ["-t"])
  static let actions: [Action] = [
    .updatePackageLists,
    .install(packages: ["apache2", "libapache2-mod-wsgi-py3"]),
    .makeDirectory(path: "/srv/django", mode: 0o2750, owner: Owner("deploy", "www-data")),
    .write(path: "/etc/x.conf", contents: "one\n\nEOF\n$HOME `id`\n", mode: 0o600, owner: .root, check: nil),
    .write(path: "/etc/sudoers.d/o'neill", contents: "no line break", mode: 0o440, owner: .root, check: check),
    .write(path: "/etc/empty", contents: "", mode: 0o644, owner: .root, check: nil),
    .write(path: "/etc/esc", contents: "a\u{1B}[2J'\\ é\u{202E}\n", mode: 0o644, owner: .root, check: nil),
    .remove(path: "/etc/apache2/sites-enabled/000-default.conf", check: check),
    .setMode(path: "/etc/shadow", mode: 0o640),
    .setOwner(path: "/etc/shadow", owner: Owner("root", "shadow")),
    .link(path: "/etc/apache2/mods-enabled/headers.load", target: "../mods-available/headers.load"),
    .settleTree(
      rule: TreeRule(
        root: "/srv/django", owner: Owner("deploy", "www-data"), directories: 0o2750, files: 0o640,
        writable: ["logs"], relaxed: ["venv"], excluding: [".git"])),
    .settleSecrets(
      rule: SecretsRule(
        path: "/etc/django_config.json", mode: 0o640, owner: Owner("root", "www-data"),
        generated: ["SECRET_KEY": 64], declared: ["DEBUG": "\"False\"", "ALLOWED_HOSTS": "[\"example.com\"]"])),
    .run(command: Command("/usr/sbin/useradd", ["--comment", "the one who may", "deploy"])),
    .run(command: Command("/usr/sbin/chpasswd", ["-e"], environment: ["A": "b c"], input: "deploy:*\n")),
    .run(command: Command("/usr/bin/git", ["pull"], environment: ["A": "b"], user: "deploy")),
    .reload(unit: "ssh.service", restart: false, check: check, listening: [22, 2222]),
    .reload(unit: "apache2.service", restart: true, check: nil, listening: []),
    .setUnit(unit: "certbot.timer", enabled: true, active: true),
    .setUnit(unit: "rpcbind.service", enabled: false, active: false),
    .setUnit(unit: "ssh.socket", enabled: false, active: nil),
    .setUnit(unit: "ufw.service", enabled: true, active: false),
    .setSysctl(key: "net.ipv4.ping_group_range", value: "1 0"),
  ]

  static func plan(_ actions: [Action]) -> Plan {
    Plan(
      recipe: "vps", inputs: [:], host: SamplePlan.box, visitor: nil, sections: [],
      steps: actions.map { SamplePlan.step("x", $0) })
  }

  @Test("each step is a numbered comment and the lines to type") func whole() {
    #expect(
      Report.commands(of: Self.plan(Self.actions)) == #"""
        # vps on box: 23 steps, as root

        # 1. x: update the package lists
        apt-get update

        # 2. x: install apache2 libapache2-mod-wsgi-py3
        DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get install -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold apache2 libapache2-mod-wsgi-py3

        # 3. x: make directory /srv/django, 2750 deploy:www-data
        install -d -m 2750 -o deploy -g www-data /srv/django

        # 4. x: write /etc/x.conf
        install -m 0600 -o root -g root /dev/stdin /etc/x.conf <<'EOF_'
        one

        EOF
        $HOME `id`
        EOF_

        # 5. x: write /etc/sudoers.d/o'neill
        printf %s 'no line break' | install -m 0440 -o root -g root /dev/stdin '/etc/sudoers.d/o'\''neill'
        sshd -t

        # 6. x: write /etc/empty
        install -m 0644 -o root -g root /dev/null /etc/empty

        # 7. x: write /etc/esc
        printf %s $'a\033[2J\'\\ é\342\200\256\n' | install -m 0644 -o root -g root /dev/stdin /etc/esc

        # 8. x: remove /etc/apache2/sites-enabled/000-default.conf
        rm -f /etc/apache2/sites-enabled/000-default.conf
        sshd -t

        # 9. x: set mode of /etc/shadow to 0640
        chmod 0640 /etc/shadow

        # 10. x: set owner of /etc/shadow to root:shadow
        chown root:shadow /etc/shadow

        # 11. x: link /etc/apache2/mods-enabled/headers.load to ../mods-available/headers.load
        ln -sfn ../mods-available/headers.load /etc/apache2/mods-enabled/headers.load

        # 12. x: set owners and modes beneath /srv/django
        [ -x /usr/bin/setfacl ] || apt-get install -y acl
        install -d -m 2750 -o deploy -g www-data /srv/django
        find /srv/django \( -name .git -o -path /srv/django/logs -o -path /srv/django/venv \) -prune -o \( -type d -o -type f \) -exec chown deploy:www-data {} +
        find /srv/django \( -name .git -o -path /srv/django/logs -o -path /srv/django/venv \) -prune -o -type d -exec chmod 02750 {} +
        find /srv/django \( -name .git -o -path /srv/django/logs -o -path /srv/django/venv \) -prune -o -type f -perm -u+x -exec chmod 0750 {} +
        find /srv/django \( -name .git -o -path /srv/django/logs -o -path /srv/django/venv \) -prune -o -type f ! -perm -u+x -exec chmod 0640 {} +
        find /srv/django \( -name .git -o -path /srv/django/logs -o -path /srv/django/venv \) -prune -o -type d -exec setfacl -k -d -m u::rwx,g::r-x,o::--- {} +
        [ -d /srv/django/logs ] || install -d -m 2770 -o deploy -g www-data /srv/django/logs
        find /srv/django/logs -name .git -prune -o \( -type d -o -type f \) -exec chgrp www-data {} +
        find /srv/django/logs -name .git -prune -o -type d -exec chmod 02770 {} +
        find /srv/django/logs -name .git -prune -o -type f -perm -u+x -exec chmod 0770 {} +
        find /srv/django/logs -name .git -prune -o -type f ! -perm -u+x -exec chmod 0660 {} +
        find /srv/django/logs -name .git -prune -o -type d -exec setfacl -k -d -m u::rwx,g::rwx,o::--- {} +
        find /srv/django/venv -name .git -prune -o \( -type d -o -type f \) -exec chown deploy:www-data {} +
        find /srv/django/venv -name .git -prune -o -type d -exec chmod a-st,u=rwx,g=rxs,o-w {} +
        find /srv/django/venv -name .git -prune -o -type f -perm -u+x -exec chmod a-st,u=rwx,g=rx,o-w {} +
        find /srv/django/venv -name .git -prune -o -type f ! -perm -u+x -exec chmod a-st,u=rw,g=r,o-w {} +

        # 13. x: fill /etc/django_config.json
        # harden fills this JSON file on the host itself; by hand it would be an editor. Keys already there stay.
        #   SECRET_KEY: made of 64 random characters, unless it is there
        #   ALLOWED_HOSTS: ["example.com"]
        #   DEBUG: "False"
        [ -e /etc/django_config.json ] || install -m 0640 -o root -g www-data /dev/null /etc/django_config.json
        chown root:www-data /etc/django_config.json && chmod 0640 /etc/django_config.json
        ${EDITOR:-nano} /etc/django_config.json

        # 14. x: run useradd --comment 'the one who may' deploy
        useradd --comment 'the one who may' deploy

        # 15. x: run A='b c' chpasswd -e
        printf %s 'deploy:*
        ' | env A='b c' chpasswd -e

        # 16. x: run A=b git pull
        runuser -u deploy -- env A=b git pull

        # 17. x: reload ssh.service
        sshd -t && systemctl reload ssh.service
        ss -Htln 'sport = :22 or sport = :2222'  # listens again

        # 18. x: restart apache2.service
        systemctl restart apache2.service

        # 19. x: enable and start certbot.timer
        systemctl enable --now certbot.timer

        # 20. x: disable and stop rpcbind.service
        systemctl disable --now rpcbind.service

        # 21. x: disable ssh.socket
        systemctl disable ssh.socket

        # 22. x: enable and stop ufw.service
        systemctl enable ufw.service
        systemctl stop ufw.service

        # 23. x: set net.ipv4.ping_group_range to 1 0 in the kernel
        sysctl -w 'net.ipv4.ping_group_range=1 0'

        """#)
  }

  @Test("a comment names what a step does to a way in") func risks() {
    #expect(
      Report.commands(of: SamplePlan.whole) == """
        # django-apache on box: 4 steps, as root

        # 1. firewall: install ufw
        DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get install -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold ufw

        # 2. user:deploy: make account deploy (opens a way in)
        useradd --create-home deploy

        # 3. sshd: write /etc/ssh/sshd_config.d/00-harden.conf
        install -m 0600 -o root -g root /dev/stdin /etc/ssh/sshd_config.d/00-harden.conf <<'EOF'
        PasswordAuthentication no
        PermitRootLogin no
        X11Forwarding no
        EOF
        sshd -t

        # 4. sshd: reload ssh.service (may close a way in)
        sshd -t && systemctl reload ssh.service
        ss -Htln 'sport = :22'  # listens again

        """)
  }

  @Test("an access list that the plan takes from a file of secrets is taken by the lines as well")
  func accessList() {
    let rule = SecretsRule(
      path: "/etc/x.json", mode: 0o640, owner: Owner("root", "www-data"), generated: [:], declared: [:])
    var plan = Self.plan([.settleSecrets(rule: rule)])
    let change = Change("/etc/x.json", Change.accessList, from: "user:bob:r--", to: "none")
    let item = PlannedItem(address: "x", source: nil, changes: [change])
    plan.sections = [PlannedSection(name: "S", why: nil, items: [item])]
    #expect(
      Report.commands(of: plan) == """
        # vps on box: 1 step, as root

        # 1. x: fill /etc/x.json
        # harden fills this JSON file on the host itself; by hand it would be an editor. Keys already there stay.
        [ -e /etc/x.json ] || install -m 0640 -o root -g www-data /dev/null /etc/x.json
        [ -x /usr/bin/setfacl ] || apt-get install -y acl
        setfacl -b /etc/x.json
        chown root:www-data /etc/x.json && chmod 0640 /etc/x.json
        ${EDITOR:-nano} /etc/x.json

        """)
  }

  @Test("nothing to do is said so") func settled() {
    #expect(Report.commands(of: Self.plan([])) == "# Nothing to do.\n")
  }

  @Test("bash finds nothing wrong with them") func syntax() throws {
    let plans = [Self.plan(Self.actions), SamplePlan.whole, Self.plan([])] + Self.actions.map { Self.plan([$0]) }
    for plan in plans {
      let result = try run("/bin/bash", ["-n"], input: Report.commands(of: plan))
      #expect(result == (0, ""), "\(plan.steps)")
    }
  }

  @Test(
    "bash writes exactly the text that was meant",
    arguments: [
      "", "\n", "plain\n", "no line break", "EOF\n", "EOF\nEOF_\nEOF__\n", "a\n\n\n", "$HOME `id` \\ \" '\n",
      "tab\there\n",
      "esc \u{1B}[2J'$\\\n7\u{7}7 é\u{202E}x\n", "%s %d %%\n", " leading\n", "it's", "\\n\n",
      // Marks that make one character of what shells look for.
      "a\nEOF\n\u{301}x\n", "'\u{301}; false \u{D4E}'", "end\n\u{301}",
    ]) func exactText(_ text: String) throws
  {
    try withScratchFolder { folder in
      let path = Path(folder.path + "/a 'b' $c")
      let action = Action.write(path: path, contents: text, mode: 0o640, owner: try Self.me(), check: nil)
      let result = try run("/bin/bash", ["-e"], input: Report.commands(of: Self.plan([action])))
      #expect(result == (0, ""))
      #expect(try String(contentsOfFile: path.text, encoding: .utf8) == text)
      #expect(try run("/usr/bin/stat", ["-c", "%a", path.text]).output == "640\n")
    }
  }

  @Test("bash passes on exactly the words that were meant") func exactWords() throws {
    let words = [
      "a b", "", "it's", "$HOME", "*", "-n", "line\nbreak", "\u{1B}]0;x\u{7}1", "é", "~", "#no", "a\\b\u{85}'",
      "'\u{301};false \u{D4E}'", "$'\u{301}(false)", "\"\u{301}`false`",
    ]
    let command = Command("/usr/bin/printf", ["%s\\0"] + words)
    let result = try run("/bin/bash", ["-e"], input: Report.commands(of: Self.plan([.run(command: command)])))
    #expect(result.status == 0)
    #expect(result.output.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init) == words)
  }

  @Test("after the lines for a tree every entry is as the rule wants it", arguments: [false, true])
  func tree(_ isRelaxed: Bool) throws {
    try withScratchFolder { folder in
      let root = folder.path + "/srv [1]"
      #expect(try run("/bin/bash", ["-e", "-s", root], input: Self.untidyTree) == (0, ""))
      let rule = TreeRule(
        root: Path(root), owner: try Self.me(), directories: 0o2750, files: 0o640, writable: ["logs", "media/up"],
        relaxed: isRelaxed ? ["venv", "media"] : [], excluding: [".git", "a*b", "d*\u{301}"], inherited: false)
      let before = try Self.offences(rule)
      #expect(before > 10)
      let lines = Report.commands(of: Self.plan([.settleTree(rule: rule)]))
      #expect(try run("/bin/bash", ["-e"], input: lines) == (0, ""))
      #expect(try Self.offences(rule) == 0)
    }
  }

  /// Every kind of mode and place that a rule tells apart; `$1` is the root.
  static let untidyTree = """
    mkdir -p "$1"/{logs/old,media/up,media/down,venv/bin,.git/objects,app/.git,'a*b','axb'}
    mkdir -p "$1"/dx\u{301}/e
    cd "$1"
    touch manage.py app/settings.py logs/{a,b}.log logs/old/c media/up/pic media/down/pic venv/bin/python .git/HEAD
    touch app/.git/x 'a*b/left' axb/done
    ln -s /etc/passwd app/link
    chmod 0755 manage.py venv/bin/python media/up/pic
    chmod 4711 app/settings.py
    chmod 0666 logs/a.log axb/done media/down/pic
    chmod 0777 media app logs/old
    chmod 0700 venv axb
    chmod 0600 .git/HEAD 'a*b/left'
    chmod 3775 media/down

    """

  /// The account that runs the tests.
  static func me() throws -> Owner {
    let names = try run("/usr/bin/id", ["-un"]).output + run("/usr/bin/id", ["-gn"]).output
    let words = names.split(separator: "\n").map(String.init)
    return Owner(words[0], words[1])
  }

  /// Entries of a real tree that the rule wants otherwise.
  static func offences(_ rule: TreeRule) throws -> Int {
    let listing = try run("/usr/bin/find", [rule.root.text, "-printf", "%y %m %u %g %P\\n"]).output
    var count = 0
    for line in listing.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
      let kind: FileStatus.Kind = words[0] == "d" ? .directory : words[0] == "f" ? .file : .link(target: "")
      let mode = FileMode(try #require(UInt16(words[1], radix: 8)))
      let found = FileStatus(kind: kind, mode: mode, owner: Owner(words[2], words[3]))
      if rule.wanted(relative: words[4], found: found) != nil { count += 1 }
    }
    return count
  }
}
