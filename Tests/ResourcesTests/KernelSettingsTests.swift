import HostState
import HostTesting
import Testing

@testable import Resources

@Suite("Kernel settings")
struct KernelSettingsTests {
  static func host() -> SimulatedHost {
    var host = SimulatedHost.debian(12)
    for name in ["all", "default", "eth0", "lo"] {
      for family in ["ipv4", "ipv6"] { host.entries[Path("/proc/sys/net/\(family)/conf/\(name)/x")] = .file("") }
      for key in ["accept_redirects", "secure_redirects", "send_redirects", "accept_source_route"] {
        host.sysctls["net.ipv4.conf.\(name).\(key)"] = "0"
        host.sysctls["net.ipv6.conf.\(name).\(key)"] = "0"
      }
    }
    for (key, value) in KernelSettings.defaults where !key.contains("*") { host.sysctls[key] = "\(value)" }
    return host
  }

  @Test("an interface that differs is named and set, though all and default are right", arguments: ["eth0", "eth0.5"])
  func interface(_ name: String) throws {
    // A dot in an interface's name, a VLAN's, is written as a slash.
    let folder = "net.ipv4.conf." + name.replacing(".", with: "/")
    var host = Self.host()
    host.entries[Path("/proc/sys/net/ipv4/conf/\(name)/x")] = .file("")
    for key in ["secure_redirects", "send_redirects", "accept_source_route"] { host.sysctls["\(folder).\(key)"] = "0" }
    host.sysctls["\(folder).accept_redirects"] = "1"
    let trial = try host.trial(of: KernelSettings())
    #expect(
      trial.first.changes.contains(
        Change("kernel", "net.ipv4.conf.*.accept_redirects", from: "1 on \(name)", to: "0")))
    #expect(
      trial.first.steps.map(\.action).contains(
        .setSysctl(key: "\(folder).accept_redirects", value: "0")))
    #expect(trial.second.isSettled)
  }

  @Test("interfaces are set before default, which the kernel hands on to those nobody set")
  func order() throws {
    var host = Self.host()
    for name in ["all", "default", "eth0", "lo"] { host.sysctls["net.ipv4.conf.\(name).send_redirects"] = "1" }
    let keys = try host.proposal(of: KernelSettings()).steps.compactMap { step -> String? in
      if case .setSysctl(let key, _) = step.action { key } else { nil }
    }
    #expect(keys == ["eth0", "lo", "all", "default"].map { "net.ipv4.conf.\($0).send_redirects" })
  }

  @Test("the file is written though every value is right, for the next boot")
  func file() throws {
    let trial = try Self.host().trial(of: KernelSettings(["net.ipv4.tcp_syncookies": 1], defaults: false))
    #expect(
      trial.first.steps.map(\.action).last
        == .write(
          path: "/etc/sysctl.d/zz-harden.conf",
          contents: "# Owned by harden, which writes this file whole.\nnet.ipv4.tcp_syncookies = 1\n", mode: 0o644,
          owner: .root, check: nil))
    #expect(trial.second.isSettled)
  }

  @Test("a value is not a prefix of another", arguments: ["20", "02", ""])
  func exact(_ value: String) throws {
    var host = Self.host()
    host.sysctls["kernel.kptr_restrict"] = value
    let changes = try host.proposal(of: KernelSettings()).changes
    #expect(changes.contains(Change("kernel", "kernel.kptr_restrict", from: value, to: "2")))
  }

  @Test("in a container the outer machine's settings are said, not set")
  func container() throws {
    var host = Self.host()
    host.entries["/run/systemd/container"] = .file("systemd-nspawn")
    host.sysctls["fs.suid_dumpable"] = "2"
    host.sysctls["net.ipv4.tcp_rfc1337"] = "0"
    let proposal = try host.proposal(of: KernelSettings())
    #expect(
      proposal.notes == [
        "in a container these are the outer machine's to set: fs.suid_dumpable 2 in force; "
          + "/etc/sysctl.d/zz-harden.conf says otherwise for a host of its own"
      ])
    #expect(proposal.steps.map(\.action).dropLast() == [.setSysctl(key: "net.ipv4.tcp_rfc1337", value: "1")])
  }

  /// A container in which `/proc/sys` is read-only, but for one folder.
  static func sealed(but open: Path) -> SimulatedHost {
    var host = Self.host()
    host.entries[MountTable.hostPath] = .file(
      """
      1 0 8:1 / / rw - ext4 /dev/sda1 rw
      2 1 0:5 / /proc rw - proc proc rw
      3 2 0:5 /sys /proc/sys ro - proc proc rw
      4 3 0:5 \(open.text.dropFirst(5)) \(open) rw - proc proc rw

      """)
    for name in ["all", "eth0"] { host.sysctls["net.ipv4.conf.\(name).send_redirects"] = "1" }
    host.sysctls["net.ipv6.conf.eth0.accept_redirects"] = "1"
    host.sysctls["net.ipv4.tcp_rfc1337"] = "0"
    host.entries["/etc/ufw/sysctl.conf"] = .file("net/ipv4/conf/all/rp_filter=0\n")
    return host
  }

  @Test("what is mounted read-only is said, not set; what is mounted writable within it is set")
  func readOnly() throws {
    var host = Self.sealed(but: "/proc/sys/net/ipv6")
    let trial = try host.trial(of: KernelSettings())
    let list = "net.ipv4.conf.*.send_redirects 1 on all, eth0, net.ipv4.tcp_rfc1337 0 in force"
    #expect(
      trial.first.notes == [
        "these are mounted read-only here, and cannot be set: \(list); "
          + "/etc/sysctl.d/zz-harden.conf says otherwise for a boot after which they can"
      ])
    #expect(
      trial.first.steps.map(\.action).dropLast() == [
        .setSysctl(key: "net.ipv6.conf.eth0.accept_redirects", value: "0")
      ])
    #expect(trial.first.changes.map(\.property).contains("net.ipv6.conf.*.accept_redirects"))
    #expect(!trial.first.changes.map(\.property).contains("net.ipv4.tcp_rfc1337"))
    guard case .write(_, let text, _, _, _)? = trial.first.steps.last?.action else {
      Issue.record("no file is written")
      return
    }
    #expect(text.contains("net.ipv4.conf.*.send_redirects = 0\n"))
    #expect(trial.second.isSettled)
    host.entries["/run/systemd/container"] = .file("systemd-nspawn")
    #expect(
      try host.proposal(of: KernelSettings()).notes == [
        "in a container these are the outer machine's to set: \(list); "
          + "/etc/sysctl.d/zz-harden.conf says otherwise for a host of its own"
      ])
  }

  @Test("the file comes after the values: a boot in between would set what is not in the journal")
  func reading() throws {
    var host = Self.host()
    host.sysctls["net.ipv4.conf.eth0.accept_redirects"] = "1"
    host.sysctls["net.ipv4.tcp_rfc1337"] = "0"
    let actions = try host.proposal(of: KernelSettings()).steps.map(\.action)
    #expect(actions.count == 3)
    #expect(actions.dropLast().allSatisfy { if case .setSysctl = $0 { true } else { false } })
    let atBoot = try host.proposal(of: KernelSettings()).steps.last?.footprint.sysctlsAtBoot
    #expect(atBoot?["net.ipv4.conf.eth0.accept_redirects"] == "0")
    #expect(atBoot?["net.ipv4.conf.all.accept_redirects"] == "0")
  }

  @Test("two uplinks get loose reverse path filtering")
  func uplinks() throws {
    var host = Self.host()
    host.facts.uplinks = 2
    let changes = try host.proposal(of: KernelSettings()).changes
    #expect(changes.contains(Change("kernel", "net.ipv4.conf.all.rp_filter", from: "1", to: "2")))
  }

  @Test("what can drop packets comes after the rest, marked, and its file with it")
  func reversePath() throws {
    var host = Self.host()
    host.sysctls["net.ipv4.conf.all.rp_filter"] = "0"
    host.sysctls["net.ipv4.tcp_rfc1337"] = "0"
    let trial = try host.trial(of: KernelSettings())
    #expect(
      trial.first.steps.dropLast().map(\.action) == [
        .setSysctl(key: "net.ipv4.tcp_rfc1337", value: "1"),
        .setSysctl(key: "net.ipv4.conf.all.rp_filter", value: "1"),
      ])
    #expect(trial.first.steps.map(\.risk) == [.none, .closes, .closes])
    #expect(
      trial.first.changes.filter { $0.risk == .closes } == [
        Change("kernel", "net.ipv4.conf.all.rp_filter", from: "0", to: "1", risk: .closes)
      ])
    #expect(trial.second.isSettled)
  }

  @Test("where rules choose routes, rp_filter is left as it is, now and at the next boot", arguments: ["0", "1", "2"])
  func routingRules(_ value: String) throws {
    var host = Self.host()
    host.facts.hasRoutingRules = true
    host.facts.uplinks = 2
    for name in ["all", "default"] { host.sysctls["net.ipv4.conf.\(name).rp_filter"] = value }
    host.entries["/etc/sysctl.d/zz-harden.conf"] = .file("net.ipv4.conf.all.rp_filter = 1\n")
    let trial = try host.trial(of: KernelSettings())
    #expect(trial.first.steps.map(\.risk) == [.none])
    guard case .write(_, let text, _, _, _)? = trial.first.steps.first?.action else {
      Issue.record("no file is written")
      return
    }
    #expect(!text.contains("rp_filter") && text.contains("net.ipv4.tcp_rfc1337 = 1\n"))
    #expect(
      trial.second.notes == [
        "rp_filter is left as it is: rules beside the kernel's own three choose routes here (ip rule), and an answer may "
          + "go by another way than what it answers came by"
      ])
    #expect(trial.second.isSettled)
  }

  @Test("what a recipe says of it is done all the same, whatever the routes")
  func declaredReversePath() throws {
    var host = Self.host()
    host.facts.hasRoutingRules = true
    host.sysctls["net.ipv4.conf.default.rp_filter"] = "0"
    let proposal = try host.proposal(of: KernelSettings(["net.ipv4.conf.default.rp_filter": 2]))
    #expect(
      proposal.changes.contains(
        Change("kernel", "net.ipv4.conf.default.rp_filter", from: "0", to: "2", risk: .closes)))
  }

  @Test(
    "a setting closes a way in where it drops more than before, or an address or a route may go",
    arguments: [
      ("net.ipv4.conf.eth0/5.rp_filter", "0", "2", true), ("net/ipv4/conf/eth0.5/rp_filter", "2", "1", true),
      ("net.ipv4.conf.all.rp_filter", "1", "2", false), ("net.ipv4.conf.all.rp_filter", "2", "0", false),
      ("net.ipv6.conf.all.disable_ipv6", "0", "1", true), ("net.ipv6.conf.all.accept_ra", "1", "0", true),
      ("net.ipv6.conf.all.accept_redirects", "1", "0", false), ("kernel.sysrq", "1", "0", false),
    ])
  func risk(_ key: String, _ before: String, _ after: String, closes: Bool) {
    #expect(Risk(setting: key, from: before, to: after) == (closes ? .closes : .none))
  }

  @Test("a key that this kernel lacks is kept in the file and said")
  func absent() throws {
    var host = Self.host()
    host.sysctls["kernel.yama.ptrace_scope"] = nil
    let trial = try host.trial(of: KernelSettings())
    #expect(trial.first.notes == ["not in this kernel, kept in the file alone: kernel.yama.ptrace_scope"])
    #expect(trial.second.isSettled)
  }

  @Test("ufw's own line that takes a setting back is named with its number")
  func ufw() throws {
    var host = Self.host()
    host.entries["/etc/ufw/sysctl.conf"] = .file("# ufw\n\nnet/ipv4/conf/all/rp_filter=0\nnet/ipv4/tcp_sack=1\n")
    #expect(
      try host.proposal(of: KernelSettings()).notes == [
        "ufw sets net.ipv4.conf.all.rp_filter to 0 each time it starts: /etc/ufw/sysctl.conf:3"
      ])
    host.facts.hasRoutingRules = true
    #expect(try host.proposal(of: KernelSettings()).notes.count == 1)
    host.entries["/etc/ufw/sysctl.conf"] = .file("net/ipv4/conf/all/rp_filter=1\n")
    #expect(
      try host.proposal(of: KernelSettings()).notes.last
        == "ufw sets net.ipv4.conf.all.rp_filter to 1 each time it starts: /etc/ufw/sysctl.conf:1")
  }
}
