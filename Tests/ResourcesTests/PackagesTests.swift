import HostTesting
import Testing

@testable import Resources

@Suite("Packages")
struct PackagesTests {
  /// What `apt-get -s install --no-install-recommends` prints, shortened, on Debian 12.
  static let simulated = """
    Reading package lists...
    The following NEW packages will be installed:
      certbot python3 ufw
    Inst python3 (3.11.2-1+b1 Debian:stable [amd64])
    Inst media-types (10.0.0 Debian:stable [all])
    Inst ufw (0.36.2-1 Debian:stable [all])
    Inst certbot [1.0] (2.1.0-4 Debian:stable [all])
    Conf ufw (0.36.2-1 Debian:stable [all])

    """

  static let freshLists = """
    /var/lib/apt/lists/partial
    /var/lib/apt/lists/mirror.example_debian_dists_bookworm_InRelease

    """

  static func host(fresh: Bool = true, result: CommandResult = CommandResult(status: 0, output: simulated))
    -> SimulatedHost
  {
    var host = SimulatedHost.debian(12)
    host.asking { question, _ in
      switch question.command.executable {
      case "/usr/bin/apt-get": .there(value: result)
      case "/usr/bin/find":
        .there(value: CommandResult(status: 0, output: fresh ? Self.freshLists : ""))
      default: nil
      }
    }
    return host
  }

  @Test("a missing package shows its version and its company, and is settled once installed")
  func missing() throws {
    let trial = try Self.host().trial(of: Package("ufw"))
    #expect(trial.first.changes == [Change("package ufw", from: nil, to: "0.36.2-1, with 3 more")])
    #expect(trial.first.steps == [Step(.install(packages: ["ufw"]))])
    #expect(trial.second == .nothing)
  }

  @Test("lists are fresh if they are there, were fetched within a day, and the sources are as they were then")
  func fresh() {
    #expect(Apt.areFresh(Self.freshLists))
    #expect(!Apt.areFresh(""))
    #expect(!Apt.areFresh("/var/lib/apt/lists/partial\n"))
    #expect(!Apt.areFresh("/var/lib/apt/lists/mirror.example_debian_dists_bookworm_InRelease\n"))
    #expect(!Apt.areFresh(Self.freshLists + "/etc/apt/sources.list.d/debian.sources\n"))
  }

  @Test("what apt takes away for it is told, once a group")
  func takenAway() throws {
    let output = "Remv iptables-persistent [1.0.20]\nInst ufw (0.36.2-1 x [all])\nInst certbot (2.1.0-4 x)\n"
    let host = Self.host(result: CommandResult(status: 0, output: output))
    #expect(
      try Packages("ufw", "certbot").packages.flatMap { try host.proposal(of: $0).changes } == [
        Change("package ufw", from: nil, to: "0.36.2-1"),
        Change(
          "package iptables-persistent", from: "1.0.20", to: nil,
          warning: "apt removes what cannot be there beside ufw"),
        Change("package certbot", from: nil, to: "2.1.0-4"),
      ])
  }

  @Test("a group is asked about at once; its company is counted once")
  func group() throws {
    let packages = Packages("ufw", "certbot").packages
    #expect(
      try packages.map { try Self.host().proposal(of: $0).changes.map(\.after) } == [
        ["0.36.2-1, with 2 more for these 2"], ["2.1.0-4"],
      ])
    let probes = try packages.map {
      $0.probes(given: try Self.host().observe($0)).filter { $0 != .package(name: $0.name ?? "") }
    }
    #expect(probes[0] == probes[1])
  }

  @Test("an installed package asks nothing further and needs nothing")
  func installed() throws {
    var host = Self.host()
    host.packages["ufw"] = PackageState(status: "installed", version: "0.36.2-1")
    let package = Package("ufw")
    #expect(try host.proposal(of: package) == .nothing)
    let known = try host.observe(package)
    #expect(package.probes(given: known) == [.package(name: "ufw")])
  }

  @Test("a removed package that left its settings is not there", arguments: ["config-files", "half-configured"])
  func removed(_ status: String) throws {
    var host = Self.host()
    host.packages["ufw"] = PackageState(status: status, version: "0.36.2-1")
    let trial = try host.trial(of: Package("ufw"))
    #expect(trial.first.changes.map(\.before) == [status == "config-files" ? "removed, its settings kept" : status])
    #expect(trial.second == .nothing)
  }

  @Test("old lists are fetched first, and what they say is a forecast")
  func oldLists() throws {
    let trial = try Self.host(fresh: false).trial(of: Package("ufw"))
    #expect(trial.first.steps.map(\.action) == [.updatePackageLists, .install(packages: ["ufw"])])
    #expect(trial.first.changes.map(\.isForecast) == [true])
    #expect(trial.second == .nothing)
  }

  @Test("a host that never fetched lists: the version is known later")
  func noLists() throws {
    let unknown = CommandResult(status: 100, output: "", errors: "E: Unable to locate package ufw\n")
    let trial = try Self.host(fresh: false, result: unknown).trial(of: Package("ufw"))
    #expect(trial.first.changes.map(\.after) == ["version known after apt-get update"])
    #expect(trial.second == .nothing)
  }

  @Test("once a planned step fetches the lists, no second one does")
  func listsOnce() throws {
    var known = try Self.host(fresh: false).observe(Package("ufw"))
    known.fold(Step(.updatePackageLists))
    #expect(try Package("ufw").proposal(given: known).steps.map(\.action) == [.install(packages: ["ufw"])])
  }

  @Test("a name that fresh lists do not know is an error, and so is one that cannot be")
  func unknown() throws {
    let errors = "E: Unable to locate package ufw\nE: Package 'vim' has no installation candidate\n"
    let host = Self.host(result: CommandResult(status: 100, output: "", errors: errors))
    for name in ["ufw", "vim"] {
      #expect(host.diagnostic(of: Package(name))?.summary == "Package unknown")
    }
    #expect(host.diagnostic(of: Package("Foo;rm"))?.summary == "Not a package name")
  }
}

extension Probe {
  fileprivate var name: String? {
    if case .package(let name) = self { return name }
    return nil
  }
}
