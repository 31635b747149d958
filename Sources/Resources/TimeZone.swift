/// The host's time zone.
///
///     TimeZone("Europe/Zurich")
///
/// `/etc/localtime` is what counts (localtime(5)); `/etc/timezone` is kept in step where it is there, as on Debian 12,
/// where `timedatectl` leaves it behind. Names such as `US/Eastern` need the package tzdata-legacy from Debian 13 on.
public struct TimeZone: Resource {
  let name: String

  public init(_ name: String) { self.name = name }

  public var address: String { "time-zone" }

  public static var examples: [TimeZone] { [TimeZone("Europe/Zurich"), TimeZone("Etc/UTC")] }

  private static let local: Path = "/etc/localtime"
  private static let text: Path = "/etc/timezone"
  private static let package = "tzdata"
  private static let cron = "cron.service"
  private var zone: Path { Path("/usr/share/zoneinfo/" + name) }

  public func probes(given known: Observations) -> Set<Probe> {
    packageProbes(Self.package, given: known)
      .union([
        .file(path: zone), .file(path: Self.local), .file(path: Self.text), .contents(path: Self.text), .host,
        .stale(unit: Self.cron, paths: [Self.local]),
      ])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard Self.isName(name) else { throw .noSuchZone(name) }
    var proposal = try missingPackage(Self.package, on: host)
    if proposal.isSettled, try host.package(Self.package).value?.version != "" {
      guard let status = try host.file(zone).known(zone.text), status.kind != .directory else {
        throw .noSuchZone(name)
      }
    }
    let requires = [Requirement.package(Self.package)]
    if try !leadsToZone(host) {
      let before = try host.host().value?.timeZone
      proposal.changes.append(Change("time zone", from: before == name ? "\(name), copied" : before, to: name))
      proposal.steps.append(Step(.link(path: Self.local, target: zone.text), requires: requires))
    }
    if let status = try host.file(Self.text).known(Self.text.text), status.kind == .file {
      let text = try host.contents(Self.text).known(Self.text.text) ?? ""
      if text != name + "\n" {
        if proposal.changes.isEmpty {
          proposal.changes.append(Change("time zone", Self.text.text, from: text.singleSpaced, to: name))
        }
        proposal.steps.append(
          Step(.write(path: Self.text, contents: name + "\n", mode: status.mode, owner: status.owner, check: nil)))
      }
    }
    // cron reads the zone when it starts.
    try restartIfStale(Self.cron, [Self.local], writing: &proposal, on: host)
    return proposal
  }

  private func leadsToZone(_ host: Observations) throws(Diagnostic) -> Bool {
    guard let status = try host.file(Self.local).known(Self.local.text), case .link(let target) = status.kind else {
      return false
    }
    return target == zone.text || target == ".." + zone.text
  }

  private static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.allSatisfy { part in
      guard let first = part.first, first.isLetter else { return false }
      return part.utf8.allSatisfy { $0.isLetterOrDigit || "+-_".utf8.contains($0) }
    }
  }
}

extension Diagnostic {
  fileprivate static func noSuchZone(_ name: String) -> Diagnostic {
    Diagnostic(
      "No such time zone",
      detail:
        "“\(name)” is not a time zone of this host: /usr/share/zoneinfo has no file of that name. Zones are named "
        + "by region and city, as in Europe/Zurich; from Debian 13 on old names such as US/Eastern are in the package "
        + "tzdata-legacy.",
      fix: "timedatectl list-timezones")
  }
}
