import HostTesting
import Testing

@testable import Resources

@Suite("Packages")
struct PackagesTests {
  static let freshLists = """
    /var/lib/apt/lists/partial
    /var/lib/apt/lists/mirror.example_debian_dists_bookworm_InRelease

    """

  static func host(fresh: Bool = true, candidates: [String: Candidate]? = nil) -> SimulatedHost {
    var host = SimulatedHost.debian(12)
    host.candidates =
      candidates
      ?? [
        "ufw": Candidate(version: "0.36.2-1", asked: 2, company: 2),
        "certbot": Candidate(version: "2.1.0-4", asked: 2, company: 2),
      ]
    host.asking { question, _ in
      guard question.command.executable == "/usr/bin/find" else { return nil }
      return .there(value: CommandResult(status: 0, output: fresh ? Self.freshLists : ""))
    }
    return host
  }

  @Test("a missing package shows its version and its company, and is settled once installed")
  func missing() throws {
    let trial = try Self.host().trial(of: Package("ufw"))
    #expect(
      trial.first.changes == [Change("package ufw", from: nil, to: "0.36.2-1, with 2 more for the 2 of this plan")])
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

  @Test("what comes and goes with all of them is told once, with the first")
  func company() throws {
    var host = Self.host()
    for name in ["ufw", "certbot"] { host.candidates[name]?.removed = ["iptables-persistent": "1.0.20"] }
    var known = try host.observe(Package("ufw")).learning(try host.observe(Package("certbot")))
    let first = try Package("ufw").proposal(given: known)
    #expect(
      first.changes == [
        Change("package ufw", from: nil, to: "0.36.2-1, with 2 more for the 2 of this plan"),
        Change(
          "package iptables-persistent", from: "1.0.20", to: nil,
          warning: "apt removes what cannot be there beside ufw"),
      ])
    for step in first.steps { known.fold(step) }
    #expect(
      try Package("certbot").proposal(given: known).changes == [Change("package certbot", from: nil, to: "2.1.0-4")])
  }

  @Test("what apt would refuse is said in its words, unless fresh lists may change its mind", arguments: [true, false])
  func refused(_ fresh: Bool) throws {
    let held = Candidate(version: nil, refusal: "Unable to correct problems, you have held broken packages.")
    let changes = try Self.host(fresh: fresh, candidates: ["ufw": held]).proposal(of: Package("ufw")).changes
    #expect(
      changes == [
        fresh
          ? Change(
            "package ufw", from: nil, to: "version not known",
            warning: "apt would not install it now: Unable to correct problems, you have held broken packages.")
          : Change("package ufw", from: nil, to: "version known after apt-get update", isForecast: true)
      ])
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
    let unknown = ["ufw": Candidate(version: nil, isUnknown: true)]
    let trial = try Self.host(fresh: false, candidates: unknown).trial(of: Package("ufw"))
    #expect(trial.first.changes.map(\.after) == ["version known after apt-get update"])
    #expect(trial.second == .nothing)
  }

  @Test("once a planned step fetches the lists, no second one does")
  func listsOnce() throws {
    var known = try Self.host(fresh: false).observe(Package("ufw"))
    known.fold(Step(.updatePackageLists))
    #expect(try Package("ufw").proposal(given: known).steps.map(\.action) == [.install(packages: ["ufw"])])
  }

  @Test("a name that fresh lists do not know is an error, and so is one that cannot be a name")
  func unknown() throws {
    let host = Self.host(candidates: ["ufw": Candidate(version: nil, isUnknown: true)])
    #expect(host.diagnostic(of: Package("ufw"))?.summary == "Package unknown")
    #expect(host.diagnostic(of: Package("Foo;rm"))?.summary == "Not a package name")
  }
}

extension Observations {
  fileprivate func learning(_ other: Observations) -> Observations {
    var both = self
    both.learn(other.known)
    return both
  }
}
