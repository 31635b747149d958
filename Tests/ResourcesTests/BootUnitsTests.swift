import HostTesting
import Testing

@testable import Resources

@Suite("What the next boot starts")
struct BootUnitsTests {
  private func read(_ entries: [Path: PlannedEntry]) -> BootUnits {
    var host = SimulatedHost.debian(13)
    host.entries.merge(entries) { _, new in new }
    var known = Observations()
    while true {
      let boot = BootUnits(known)
      let missing = known.unanswered(boot.probes)
      if missing.isEmpty { return boot }
      for inquiry in missing { known.learn([inquiry: host.answer(inquiry)]) }
    }
  }

  private let wants: Path = "/etc/systemd/system/multi-user.target.wants"
  private let own: Path = "/etc/systemd/system"

  @Test("a stock server starts nothing that sets rules or lets anybody in")
  func stock() {
    let boot = read([:])
    #expect(boot.servers.isEmpty && boot.loads.isEmpty && boot.setters.isEmpty)
  }

  @Test("a unit's own script is read, and files that are loaded are told from tools that are called")
  func rules() {
    let boot = read([
      wants / "fw.service": .link(target: "/etc/systemd/system/fw.service"),
      own / "fw.service": .file("[Service]\n# iptables\nExecStart=/bin/sh /usr/local/sbin/fw start\n"),
      "/usr/local/sbin/fw": .file("#!/bin/sh\niptables-restore </etc/fw.rules\n/sbin/iptables -P INPUT DROP\n"),
      wants / "nf.service": .link(target: "/opt/nf.service"),
      "/opt/nf.service": .file("[Service]\nExecStart=/usr/sbin/nft \\\n  -f /etc/own.nft\n"),
      wants / "web.service": .link(target: "/usr/lib/systemd/system/web.service"),
      "/usr/lib/systemd/system/web.service": .file("[Service]\nExecStart=/usr/bin/web --no-iptables-here\n"),
      "/etc/cron.d/fw": .file("@reboot root ip6tables -F\n0 1 * * * root iptables -F\n"),
      "/etc/rc.local": .file("#!/bin/sh\nexit 0\n"),
    ])
    #expect(boot.loads.map(\.file.text).sorted() == ["/etc/fw.rules", "/etc/own.nft"])
    #expect(boot.loads.first { $0.kind == .nft }?.unit == "nf.service")
    #expect(boot.setters.map(\.name).sorted() == ["/etc/cron.d/fw", "fw.service"])
    #expect(boot.setters.first { $0.name == "fw.service" }?.script == "/usr/local/sbin/fw")
    #expect(boot.setters.first { $0.name == "/etc/cron.d/fw" }?.tools == ["ip6tables"])
  }

  @Test("what stands beside a unit's own file counts, also where another unit starts that")
  func dropIns() {
    let boot = read([
      wants / "web.service": .link(target: "/usr/lib/systemd/system/web.service"),
      "/usr/lib/systemd/system/web.service": .file("[Service]\nExecStart=/usr/bin/web\n"),
      own / "web.service.d/fw.conf": .file("[Service]\nExecStartPost=/usr/sbin/iptables -P INPUT DROP\n"),
      own / "dbus.service.d/rules.conf": .file("[Service]\nExecStartPre=/usr/sbin/nft -f /etc/own.nft\n"),
      own / "dbus.service.d/rules.conf.old": .file("[Service]\nExecStartPre=/usr/sbin/nft -f /etc/old.nft\n"),
      own / "apache2.service.d/sandbox.conf": .file("[Service]\nProtectHome=yes\n"),
      wants / "alt.service": .link(target: "/etc/systemd/system/alt.service"),
      own / "alt.service": .file("[Service]\nExecStart=/usr/bin/true\n"),
      own / "alt.service.d/x.conf": .file("[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n"),
      own / "ssh.service.d/x.conf": .file("[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -e\n"),
    ])
    #expect(boot.setters.map(\.name) == ["/etc/systemd/system/web.service.d/fw.conf"])
    #expect(boot.loads.map(\.unit) == ["/etc/systemd/system/dbus.service.d/rules.conf"])
    #expect(boot.loads.map(\.file) == ["/etc/own.nft"])
    #expect(boot.servers.map(\.unit) == ["alt.service"])
    #expect(boot.servers.first?.line == "/usr/sbin/sshd -D -f /etc/ssh/other")
  }

  @Test("scripts of init are started where no unit has their name")
  func initScripts() {
    let boot = read([
      "/etc/rc2.d/S01fw": .link(target: "../init.d/fw"), "/etc/rc2.d/K01old": .link(target: "../init.d/old"),
      "/etc/rc2.d/S02cron": .link(target: "../init.d/cron"),
      "/usr/lib/systemd/system/cron.service": .file("[Unit]\n"),
      "/etc/init.d/fw": .file("#!/bin/sh\n/sbin/iptables -P INPUT DROP\n"),
      "/etc/init.d/old": .file("iptables -F\n"), "/etc/init.d/cron": .file("iptables -F\n"),
      "/var/lib/cloud/scripts/per-boot/fw.sh": .file("#!/bin/sh\niptables -P INPUT DROP\n"),
    ])
    #expect(boot.setters.map(\.name).sorted() == ["/etc/init.d/fw", "/var/lib/cloud/scripts/per-boot/fw.sh"])
  }

  @Test("an inetd that is to start brings the servers of its files")
  func inetd() {
    let boot = read([
      wants / "inetd.service": .link(target: "/usr/lib/systemd/system/inetd.service"),
      "/usr/lib/systemd/system/inetd.service": .file("[Service]\nExecStart=/usr/sbin/inetd -i\n"),
      "/etc/inetd.conf": .file(
        "#ssh stream tcp nowait root /usr/sbin/sshd sshd -i\n2222 stream tcp nowait root /usr/sbin/sshd sshd -i -f /x\n"
      ),
    ])
    #expect(boot.servers.map(\.unit) == ["inetd.service"])
    #expect(boot.servers.first?.line == "/usr/sbin/sshd sshd -i -f /x")
  }

  @Test("a socket's service is found by its name, by Service= and by Accept=")
  func sockets() {
    let sockets: Path = "/etc/systemd/system/sockets.target.wants"
    let server = PlannedEntry.file("[Service]\nExecStart=-/usr/sbin/sshd -i -f /etc/ssh/other\n")
    for (socket, service) in [
      ("Accept=yes", "alt@.service"), ("ListenStream=9", "alt.service"), ("Service=x.service", "x.service"),
    ] {
      let boot = read([
        sockets / "alt.socket": .link(target: "/etc/systemd/system/alt.socket"),
        own / "alt.socket": .file("[Socket]\n\(socket)\n"), own / service: server,
      ])
      #expect(boot.servers.map(\.unit) == ["alt.socket"], "\(socket)")
    }
  }

  @Test("plain commands of a script are judged, others are not")
  func commands() {
    let ufw = PacketFilter(
      ipv4: [
        "*filter", ":INPUT DROP", ":ufw - [0:0]", "-A INPUT -j ufw", "-A ufw -p tcp -m tcp --dport 22 -j ACCEPT",
        "COMMIT",
      ], ipv6: [], otherTables: [])
    func rule(_ script: String) -> String? {
      let boot = read(["/etc/cron.d/fw": .file("@reboot root /root/fw\n"), "/root/fw": .file("#!/bin/sh\n" + script)])
      return boot.objection(to: [22], from: "192.0.2.7", nil, after: ufw)?.rule
    }
    let drop = "-A INPUT -p tcp --dport 22 -j DROP"
    #expect(rule("iptables -I INPUT 1 -p tcp --dport 22 -j DROP\n") == drop)
    #expect(rule("/sbin/iptables -w -t filter -I INPUT -p tcp --dport 22 -j DROP >/dev/null 2>&1\n") == drop)
    #expect(rule("sudo iptables -F\niptables -P INPUT DROP # all\n") == "the policy of INPUT")
    #expect(rule("iptables -F ufw\n") == "the policy of INPUT")
    #expect(rule("iptables -N own\niptables -A own -j DROP\niptables -I INPUT -j own\n") == "-A own -j DROP")
    for script in [
      "iptables -A INPUT -p tcp --dport 22 -j DROP\n", "iptables -I INPUT 2 -j DROP\n", "iptables -L\n",
      "iptables -P INPUT DROP\niptables -A INPUT -p tcp --dport 22 -j ACCEPT\n",
      "ip6tables -I INPUT -j DROP\n", "iptables -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080\n",
      // What is decided first is not known.
      "P=22\niptables -I INPUT -p tcp --dport $P -j DROP\n", "if test -e /x; then\niptables -I INPUT -j DROP\nfi\n",
      "test -e /x && iptables -I INPUT -j DROP\n", "iptables -F\niptables -I INPUT -p tcp --dport ssh -j ACCEPT\n",
      "iptables -F\niptables-restore </etc/fw\n", "iptables -F\n$IPTABLES -A INPUT -j ACCEPT\n",
      "iptables -D ufw 1\n", "open() {\niptables -I INPUT -j DROP\n}\n",
    ] { #expect(rule(script) == nil, "\(script)") }
  }

  @Test("rules of a saved file are judged, with counters or without")
  func saved() {
    for counter in ["", "[12:720] "] {
      let text = "*filter\n:INPUT DROP [0:0]\n\(counter)-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"
      #expect(BootUnits.objection(text, isV6: false, to: 22, from: "192.0.2.7", nil) == nil)
      #expect(BootUnits.objection(text, isV6: false, to: 2222, from: "192.0.2.7", nil) == "the policy of INPUT")
    }
    #expect(BootUnits.objection("*nat\nCOMMIT\n", isV6: false, to: 22, from: "192.0.2.7", nil) == nil)
  }

  @Test("rules that are added to others are no file of rules, but something that sets them")
  func added() {
    for option in ["-n", "--noflush"] {
      let boot = read([
        wants / "fw.service": .link(target: "/etc/systemd/system/fw.service"),
        own / "fw.service": .file("[Service]\nExecStart=/usr/sbin/iptables-restore \(option) /etc/fw.rules\n"),
      ])
      #expect(boot.loads.isEmpty && boot.setters.map(\.tools) == [["iptables-restore"]], "\(option)")
    }
  }

  @Test("of two units of one name somebody's own is started")
  func ownFirst() {
    let boot = read([
      wants / "x.service": .link(target: "/usr/lib/systemd/system/x.service"),
      own / "x.service": .file("[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/own\n"),
      "/usr/lib/systemd/system/x.service": .file("[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/stock\n"),
    ])
    #expect(boot.servers.map(\.line) == ["/usr/sbin/sshd -D -f /etc/ssh/own"])
  }
}
