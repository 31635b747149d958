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
