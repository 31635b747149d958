import HostState
import Testing

@testable import HostAccess

@Suite("What the prober makes of tools' words")
struct ProberParsingTests {
  @Test("packages: the installed one of two architectures, none that dpkg has merely heard of")
  func packages() {
    let text =
      "libc6\tinstalled\t2.36-9\nlibc6\tconfig-files\t2.31\nufw\tconfig-files\t0.36.2-1\nmail\tnot-installed\t\n"
    #expect(
      PackageReading.parse(text) == [
        "libc6": PackageState(status: "installed", version: "2.36-9"),
        "ufw": PackageState(status: "config-files", version: "0.36.2-1"),
      ])
  }

  // An alias (sshd.service) is answered as what it stands for; systemd 252 and 257 both leave a line free.
  private let units = """
    Id=ssh.service
    LoadState=loaded
    ActiveState=active
    UnitFileState=enabled
    StateChangeTimestamp=Tue 2026-11-24 22:58:35.123456 UTC

    Id=nonsense.service
    LoadState=not-found
    ActiveState=inactive
    UnitFileState=
    StateChangeTimestamp=

    Id=apt-daily.service
    LoadState=masked
    ActiveState=failed
    UnitFileState=masked
    StateChangeTimestamp=

    """

  @Test("of a unit's commands, what its last start was is no part of the unit")
  func lastingProperties() {
    let show = Command("/usr/bin/systemctl", ["show", "--", "ssh.service"])
    func text(_ start: String, _ stop: String) -> String {
      "ExecStart={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D\(start) }\nExecReload={ path=/bin/kill ;"
        + " argv[]=/bin/kill -HUP $MAINPID\(stop) }\nUser=\n"
    }
    let ran = text(
      " ; start_time=[Tue 2026-12-01 04:00:00 UTC] ; stop_time=[n/a] ; pid=67 ; code=(null) ; status=0/0",
      " ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0")
    #expect(UnitReading.lasting(ran, of: show) == text("", ""))
    #expect(UnitReading.lasting(text("", ""), of: show) == text("", ""))
    #expect(UnitReading.lasting(ran, of: Command("/usr/bin/systemctl", ["cat"])) == ran)
  }

  @Test("a timer is rare where it lets more than two days go by")
  func rareTimers() {
    func isRare(_ next: String) -> Bool? {
      let text = "Id=certbot.timer\nLoadState=loaded\nActiveState=active\nNextElapseUSecRealtime=\(next)\n"
      // 2026-11-24 00:00:00 UTC
      return UnitReading.parse(text, now: 1_795_478_400).first?.state?.isRare
    }
    #expect(isRare("Tue 2026-11-24 13:10:26.000000 UTC") == nil)
    #expect(isRare("Wed 2026-11-25 23:59:59.000000 UTC") == nil)
    #expect(isRare("Fri 2027-01-01 00:00:00.000000 UTC") == true)
    #expect(isRare("") == nil)
  }

  @Test("units by the order of what was asked")
  func unitStates() {
    let outcome = ProcessRunner.Outcome.finished(CommandResult(status: 0, output: units))
    guard case .read(let reports) = UnitReading.reports(outcome, of: ["sshd.service", "nonsense", "apt-daily.service"])
    else {
      Issue.record("not read")
      return
    }
    #expect(
      reports["sshd.service"]
        == UnitReading.Report(
          state: UnitState(enablement: "enabled", activity: "active"), changed: 1_795_561_115_123_456))
    #expect(reports["nonsense"]?.state == nil)
    #expect(reports["apt-daily.service"]?.state == UnitState(enablement: "masked", activity: "failed"))
    if case .read = UnitReading.reports(outcome, of: ["one"]) { Issue.record("three answers for one question") }
  }

  @Test(
    "times of systemd",
    arguments: [
      ("Thu 1970-01-01 00:00:00 UTC", 0), ("Tue 2000-02-29 23:59:59.5 UTC", 951_868_799_500_000),
      ("Wed 2000-03-01 00:00:00.000001 UTC", 951_868_800_000_001),
    ])
  func times(stamp: String, microseconds: Int) { #expect(UnitReading.microseconds(stamp[...]) == microseconds) }

  @Test("times that are none", arguments: ["", "n/a", "Tue 2026-11-24 22:58:35 CET"])
  func noTimes(stamp: String) { #expect(UnitReading.microseconds(stamp[...]) == nil) }

  @Test("sockets: systemd's before the daemon's, the oldest process before its workers")
  func sockets() {
    let text = """
      udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=99,fd=13))
      tcp   LISTEN 0      4096               *:22              *:*    users:(("sshd",pid=734,fd=3),("systemd",pid=1,fd=61))
      tcp   LISTEN 0      511                *:80              *:*    users:(("apache2",pid=812,fd=4),("apache2",pid=810,fd=4))
      tcp   LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=734,fd=4))
      tcp   LISTEN 0      128          0.0.0.0:2222      0.0.0.0:*
      tcp   LISTEN 0      128  [fe80::1]%host0:7         [::]:*

      """
    let rows = SocketTable.parse(text)
    #expect(
      rows.map(\.listener) == [
        Listener(transport: "tcp", address: "fe80::1%host0", port: 7, process: ""),
        Listener(transport: "tcp", address: "*", port: 22, process: "systemd"),
        Listener(transport: "tcp", address: "::", port: 22, process: "sshd"),
        Listener(transport: "tcp", address: "*", port: 80, process: "apache2"),
        Listener(transport: "tcp", address: "0.0.0.0", port: 2222, process: ""),
        Listener(transport: "udp", address: "127.0.0.53%lo", port: 53, process: "systemd-resolve"),
      ])
    #expect(rows.map(\.identifier) == [nil, 734, 734, 810, nil, 99])
  }

  @Test("packet filter: no comments, no counters; tables that iptables-save does not tell are others'")
  func packetFilter() {
    let saved = """
      # Generated by iptables-save v1.8.9 (nf_tables)
      *filter
      :INPUT DROP [12:3456]
      :ufw-user-input - [0:0]
      -A INPUT -j ufw-before-input
      COMMIT
      # Completed

      """
    let lines = PacketFilterReading.lines(saved)
    #expect(lines == ["*filter", ":INPUT DROP", ":ufw-user-input -", "-A INPUT -j ufw-before-input", "COMMIT"])
    let ruleset = """
      # Warning: table ip filter is managed by iptables-nft, do not touch!
      table ip filter {
      \tchain INPUT {
      \t\ttype filter hook input priority filter; policy drop;
      \t}
      }
      table ip nat {
      }
      table inet guard {
      \tset bad {
      \t\ttype ipv4_addr
      \t\telements = { 192.0.2.1 }
      \t}
      }

      """
    #expect(
      PacketFilterReading.foreignTables(ruleset, beside: ["ip": lines, "ip6": []]) == [
        "ip nat {\n}", "inet guard {\n\tset bad {\n\t\ttype ipv4_addr\n\t\telements = { 192.0.2.1 }\n\t}\n}",
      ])
  }

  @Test("ufw's files")
  func ufw() {
    let files = UFWReading.parse(
      configuration: "# ufw\nENABLED=yes\nLOGLEVEL=low\n",
      defaults:
        "IPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\nDEFAULT_OUTPUT_POLICY=\"ACCEPT\"\nDEFAULT_FORWARD_POLICY=\"REJECT\"\n",
      rules:
        "*filter\n### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n",
      rules6: "")
    #expect(
      files
        == UFWFiles(
          enabled: true, ipv6: true, incoming: "deny", outgoing: "allow", routed: "reject",
          rules: ["allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in"], rules6: []))
  }

  @Test("where a login came from")
  func connection() {
    let parts = OperatorReading.parse("2001:db8::7 50214 2001:db8::1 2222")
    #expect(parts?.address == "2001:db8::7" && parts?.localAddress == "2001:db8::1" && parts?.localPort == 2222)
    #expect(OperatorReading.parse("UNKNOWN 65535 UNKNOWN") == nil)
  }
}

@Test("root is told which capabilities are missing", .enabled(if: isRoot))
func capabilities() {
  #expect(Capabilities.missingWords(["CapEff:\t000001ffffffffff"]) == nil)
  #expect(Capabilities.missingWords(["CapEff:\t000001ffffdfffff"]) == "root is without CAP_SYS_ADMIN here")
  #expect(
    Capabilities.missingWords(["CapEff:\t0000000000000002"]) == "root is without CAP_NET_ADMIN and CAP_SYS_ADMIN here")
}
