import HostTesting
import Testing

@testable import Resources

@Suite("Time zone, host name")
struct NameTests {
  static func host(zone: String = "Europe/Zurich") -> SimulatedHost {
    var host = SimulatedHost.debian(12)
    host.packages["tzdata"] = PackageState(status: "installed", version: "2026f")
    host.entries[Path("/usr/share/zoneinfo/\(zone)")] = .file("TZif2")
    host.entries["/etc/localtime"] = .link(target: "/usr/share/zoneinfo/Etc/UTC")
    host.entries["/etc/hosts"] = .file("127.0.0.1 localhost\n127.0.1.1 box old.box # mine\n")
    host.entries["/etc/hostname"] = .file("box\n")
    return host
  }

  @Test("a zone is a link, /etc/timezone follows where it is there, cron is restarted")
  func zone() throws {
    var host = Self.host()
    host.entries["/etc/timezone"] = .file("Etc/UTC\n")
    let trial = try host.trial(of: TimeZone("Europe/Zurich"))
    #expect(trial.first.changes == [Change("time zone", from: "Etc/UTC", to: "Europe/Zurich")])
    #expect(
      trial.first.steps.map(\.action) == [
        .link(path: "/etc/localtime", target: "/usr/share/zoneinfo/Europe/Zurich"),
        .write(path: "/etc/timezone", contents: "Europe/Zurich\n", mode: 0o644, owner: .root, check: nil),
        .reload(unit: "cron.service", restart: true, check: nil, listening: []),
      ])
    #expect(trial.second == .nothing)
  }

  @Test("the link that timedatectl makes is as good")
  func relative() throws {
    var host = Self.host()
    host.entries["/etc/localtime"] = .link(target: "../usr/share/zoneinfo/Europe/Zurich")
    #expect(try host.proposal(of: TimeZone("Europe/Zurich")) == .nothing)
  }

  @Test(
    "a zone that is not there is an error", arguments: ["Europe/Zürich", "Mars/Olympus", "../passwd", "", "/Europe"])
  func noZone(_ name: String) throws {
    #expect(Self.host().diagnostic(of: TimeZone(name))?.summary == "No such time zone")
  }

  @Test("a new name goes into its file, into the hosts line and into force")
  func name() throws {
    let trial = try Self.host().trial(of: HostName("web1.example.org"))
    #expect(
      trial.first.changes == [
        Change("host name", from: "box", to: "web1.example.org"),
        Change(
          "/etc/hosts", "127.0.1.1", from: "127.0.1.1 box old.box # mine",
          to: "127.0.1.1 web1.example.org web1 box old.box"),
      ])
    #expect(
      trial.first.steps.map(\.action) == [
        .write(
          path: "/etc/hosts", contents: "127.0.0.1 localhost\n127.0.1.1 web1.example.org web1 box old.box\n",
          mode: 0o644, owner: .root, check: nil),
        .write(path: "/etc/hostname", contents: "web1.example.org\n", mode: 0o644, owner: .root, check: nil),
        .run(command: Command("/usr/bin/hostname", ["-F", "/etc/hostname"])),
      ])
    #expect(trial.second == .nothing)
  }

  @Test("a name that some line of /etc/hosts has already is left to that line")
  func resolved() throws {
    var host = Self.host()
    host.entries["/etc/hosts"] = .file("203.0.113.5\tweb1.example.org web1\n")
    #expect(try host.proposal(of: HostName("web1")).changes == [Change("host name", from: "box", to: "web1")])
  }

  @Test("cloud-init is told to keep the name, where it is")
  func cloud() throws {
    var host = Self.host()
    host.entries["/etc/cloud/cloud.cfg.d"] = .directory(0o755)
    let trial = try host.trial(of: HostName("box"))
    #expect(
      trial.first.steps.map(\.action) == [
        .write(
          path: "/etc/cloud/cloud.cfg.d/99-harden-hostname.cfg", contents: "preserve_hostname: true\n", mode: 0o644,
          owner: .root, check: nil)
      ])
    #expect(trial.second == .nothing)
  }

  @Test("what cannot name a host is an error", arguments: ["", "-a", "a-", "a..b", "web_1", "a b", "é"])
  func noName(_ name: String) throws {
    #expect(throws: Diagnostic.self) { try Self.host().proposal(of: HostName(name)) }
  }
}

@Suite("Security updates")
struct SecurityUpdatesTests {
  static func host(apt: String) -> SimulatedHost {
    var host = PackagesTests.host()
    host.entries["/etc/apt/apt.conf.d"] = .directory(0o755)
    host.packages["unattended-upgrades"] = PackageState(status: "installed", version: "2.9")
    for timer in ["apt-daily.timer", "apt-daily-upgrade.timer"] {
      host.units[timer] = UnitState(enablement: "enabled", activity: "active")
    }
    host.asking { question, host in
      guard question.command.executable == "/usr/bin/apt-config" else { return nil }
      // A file of ours is read after the stock ones.
      let ours = host.text(of: SecurityUpdates.file) ?? ""
      return .there(value: CommandResult(status: 0, output: apt + ours))
    }
    return host
  }
  static let stock = """
    APT::Periodic "";
    APT::Periodic::Update-Package-Lists "1";
    APT::Periodic::Unattended-Upgrade "0";

    """

  @Test("what apt has in force is shown, written and settled")
  func differs() throws {
    let trial = try Self.host(apt: Self.stock).trial(of: SecurityUpdates(automaticReboot: "04:30"))
    #expect(
      trial.first.changes.map { "\($0.property) \($0.before ?? "-") \($0.after ?? "-")" } == [
        "APT::Periodic::Enable - 1", "APT::Periodic::Unattended-Upgrade 0 1",
        "Unattended-Upgrade::Automatic-Reboot - true", "Unattended-Upgrade::Automatic-Reboot-Time - 04:30",
        " - 0644 root:root",
      ])
    #expect(trial.first.steps.count == 1)
  }

  @Test("a later file that defeats ours is an error, not a plan without end")
  func defeated() throws {
    var host = Self.host(apt: Self.stock)
    let step = try host.proposal(of: SecurityUpdates()).steps[0]
    guard case .write(let path, let contents, _, _, _) = step.action else {
      Issue.record("no write")
      return
    }
    host.entries[path] = .file(contents)
    #expect(try host.proposal(of: SecurityUpdates()) == .nothing)
    host.asking { question, _ in
      question.command.executable == "/usr/bin/apt-config"
        ? .there(value: CommandResult(status: 0, output: contents + Self.stock)) : nil
    }
    #expect(host.diagnostic(of: SecurityUpdates())?.summary == "Setting not in force")
  }

  @Test("a timer that is off is switched on; a masked one is an error")
  func timers() throws {
    var host = Self.host(apt: Self.stock)
    host.units["apt-daily.timer"] = UnitState(enablement: "disabled", activity: "inactive")
    let trial = try host.trial(of: SecurityUpdates())
    #expect(trial.first.steps.last?.action == .setUnit(unit: "apt-daily.timer", enabled: true, active: true))
    #expect(trial.second.isSettled)
    host.units["apt-daily.timer"] = UnitState(enablement: "masked", activity: "inactive")
    #expect(throws: Diagnostic.self) { try host.proposal(of: SecurityUpdates()) }
  }

  @Test("a reboot needs a time of day", arguments: ["24:00", "4:30", "04.30", "", "04:60"])
  func time(_ text: String) throws {
    #expect(throws: Diagnostic.self) { try Self.host(apt: "").proposal(of: SecurityUpdates(automaticReboot: text)) }
  }
}

@Suite("Baseline")
struct BaselineTests {
  @Test("no two members have one address, and parts can be left out")
  func addresses() {
    let addresses = Baseline().members.map(\.address)
    #expect(Set(addresses).count == addresses.count)
    #expect(addresses.contains("permissions:/etc/cron.yearly"))
    #expect(!Baseline(without: [.fileModes]).members.map(\.address).contains("permissions:/etc/cron.yearly"))
  }

  @Test("a module in the kernel is named with its underscore")
  func loaded() throws {
    var host = SimulatedHost.debian(12)
    host.entries["/sys/module/usb_storage"] = .directory(0o755)
    let trial = try host.trial(of: ModuleBlacklist())
    #expect(trial.first.notes == ["in the kernel until the next boot: usb-storage"])
    #expect(trial.second.isSettled)
  }

  @Test("journald is restarted when it runs with an older file than ours")
  func journal() throws {
    var host = SimulatedHost.debian(12)
    host.units[JournalLimits.unit] = UnitState(enablement: "static", activity: "active")
    let trial = try host.trial(of: JournalLimits())
    let restart = Step(
      .reload(unit: JournalLimits.unit, restart: true, check: nil, listening: []), risk: .service)
    #expect(trial.first.steps.last == restart)
    #expect(trial.second.isSettled)
    host.entries[JournalLimits.file] = .file("[Journal]\nStorage=persistent\nSystemMaxUse=500M\n")
    #expect(try host.proposal(of: JournalLimits()) == .nothing)
    host.stale = [JournalLimits.unit]
    #expect(try host.proposal(of: JournalLimits()).steps == [restart])
  }

  @Test("the manager's limit is judged by its own word")
  func manager() throws {
    var host = SimulatedHost.debian(12)
    host.asking { question, _ in
      question.command.arguments == ["show", "--property=DefaultLimitCORE"]
        ? .there(value: CommandResult(status: 0, output: "DefaultLimitCORE=infinity\n")) : nil
    }
    let trial = try host.trial(of: ManagerSettings(["DefaultLimitCORE": "0"]))
    #expect(trial.first.changes.last == Change("systemd", "DefaultLimitCORE", from: "infinity", to: "0"))
    #expect(trial.second.isSettled)
  }

  @Test("what is declared no longer goes in an order that leaves a whole configuration, and modules stay")
  func formerFiles() throws {
    let apache = "/etc/apache2"
    #expect(
      FormerFile.ordered([
        Path("\(apache)/conf-available/zz-harden.conf"), Path("\(apache)/conf-enabled/zz-harden.conf"),
        Path("\(apache)/sites-available/x.conf"), Path("\(apache)/sites-enabled/x.conf"),
      ]).map(\.parent.name) == ["sites-enabled", "conf-enabled", "conf-available", "sites-available"])
    var host = SimulatedHost.apache()
    host.entries["/etc/apache2/mods-enabled/headers.load"] = .link(target: "../mods-available/headers.load")
    let module = try host.proposal(of: FormerFile("/etc/apache2/mods-enabled/headers.load"))
    #expect(module.isSettled && module.notes.count == 1)
    let dropIn: Path = "/etc/systemd/system/apache2.service.d/harden.conf"
    host.entries[dropIn] = .file("[Service]\n")
    let trial = try host.trial(of: FormerFile(dropIn))
    #expect(
      trial.first.steps.map(\.action) == [
        .remove(path: dropIn, check: nil), .run(command: Command("/usr/bin/systemctl", ["daemon-reload"])),
        .reload(unit: "apache2.service", restart: true, check: nil, listening: []),
      ])
    #expect(trial.second.isSettled)
  }
}
