/// What is in force in Apache, against what is wanted.
extension Apache {
  private var wanted: [(name: String, value: String)] {
    [
      ("ServerTokens", serverTokens.rawValue), ("ServerSignature", serverSignature.rawValue), ("TraceEnable", "Off"),
    ]
  }

  /// What is in force against what is wanted; harden's own file is on disk or planned by then.
  func inForce(on host: Observations, isWritten: Bool, isSettled: Bool) throws(Diagnostic) -> Proposal {
    var proposal = Proposal()
    switch try judged(on: host) {
    case .there(let result) where result.status == 0:
      let configuration = ApacheConfiguration.parsed[result.output]
      let differing = differing(in: configuration)
      // Judged again once harden's file is laid over what is there: all that defeats it is said together.
      let defeats = isWritten ? [] : differing.map(\.defeat) + localDefeats(in: configuration)
      guard defeats.isEmpty else { throw .defeated(defeats) }
      proposal.changes += differing.map(\.change)
      proposal.notes += headerNotes(in: configuration)
      proposal.waiting += ownAddresses(in: configuration)
    case .there(let result):
      // Whoever may not read the keys that its files name is told by Apache that these are broken.
      if case .there(let visitor) = try host.operator(), !visitor.isRoot {
        _ = try Answer<String>.unreadable(reason: "its files name keys that root alone can read")
          .known("Apache's configuration")
      }
      // A broken configuration that the planned files mend is judged again once they are laid over it.
      guard !isSettled else { throw .broken(result) }
      proposal.changes += isWritten ? forecast() : []
    case .moved, .absent:
      guard isWritten else { break }
      // How it was before the planned steps is known, unless they install it.
      if case .there(.output(let result))? = host.known[Inquiry(.output(question: ApacheConfiguration.question))],
        result.status == 0
      {
        proposal.changes += differing(in: ApacheConfiguration.parsed[result.output]).map(\.change)
      } else {
        proposal.changes += forecast()
      }
    case .unreadable(let reason): throw .unreadable(reason)
    }
    return proposal
  }

  /// What Apache says of its configuration; while a package that its sites need is still to come, of what is there and
  /// stays. `.moved` where no more than Apache's own package can tell it.
  func judged(on host: Observations) throws(Diagnostic) -> Answer<CommandResult> {
    let whole = try host.output(ApacheConfiguration.question)
    guard whole == .moved else { return whole }
    let standing = try host.output(Self.standing)
    if case .there(let result) = standing, result.status != 0, Self.mayBeMended(result) { return .moved }
    return standing
  }

  /// Whether Apache stumbles over what planned steps may mend: harden's own sites, which are not asked about then, and
  /// what mod_wsgi or ssl-cert bring.
  private static func mayBeMended(_ result: CommandResult) -> Bool {
    let errors = result.errors.lowercased()
    return ["-enabled/harden-", "-enabled/000-harden-", "wsgi", "snakeoil"].contains { errors.contains($0) }
  }

  /// What is in force otherwise than wanted: as a change, and as the error it is where no planned file changes it.
  private func differing(in configuration: ApacheConfiguration) -> [(change: Change, defeat: Defeat)] {
    wanted.compactMap { name, value in
      let decided = configuration.global(name)
      let found = decided?.arguments ?? Self.built(in: name)
      if Self.isSame(found, value) { return nil }
      let change = Change(
        "apache", name, from: found, to: value,
        decidedBy: decided.map { "set by \($0.place)" } ?? "Apache's own default")
      return (change, Defeat(name: name, wanted: value, found: found, place: decided?.place, file: decided?.file))
    }
  }

  /// Lines within sections of others, which beat the global ones there.
  private func localDefeats(in configuration: ApacheConfiguration) -> [Defeat] {
    wanted.flatMap { name, value -> [Defeat] in
      configuration.local(name).filter { !Self.isSame($0.arguments, value) }.map {
        Defeat(name: name, wanted: value, found: $0.arguments, place: $0.place, file: $0.file)
      }
    }
  }

  /// Virtual hosts for one address: what comes to that address never meets those for all, whatever name it asks for.
  private func ownAddresses(in configuration: ApacheConfiguration) -> [Waiting] {
    var seen: Set<String> = []
    return configuration.directives.compactMap { directive -> Waiting? in
      guard let section = directive.sections.first, section.lowercased().hasPrefix("<virtualhost ") else { return nil }
      let addresses = section.dropFirst("<virtualhost ".count).dropLast().split(separator: " ")
      let own = addresses.filter { address in
        // For everybody, or for the host itself.
        let isPlain = ["*", "_default_", "127.", "[::1]"].contains { address.lowercased().hasPrefix($0) }
        return !isPlain && [":80", ":443", ":*"].contains { address.hasSuffix($0) }
      }
      guard !own.isEmpty, seen.insert("\(directive.file) \(section)").inserted else { return nil }
      return Waiting(
        "apache \(own.joined(separator: " "))",
        seen: "\(section) in \(directive.fileName) takes every request to that address, whatever its name",
        wanted: "* in place of the address there, if the site is to answer at it")
    }
  }

  /// What Debian's package (12 and 13) brings, in `conf-enabled/security.conf`.
  private func forecast() -> [Change] {
    let stock = [("ServerTokens", "OS", 12), ("ServerSignature", "On", 23)]
    var changes: [Change] = []
    for (name, value, line) in stock {
      guard let wish = wanted.first(where: { $0.name == name })?.value, wish != value else { continue }
      changes.append(
        Change(
          "apache", name, from: value, to: wish, decidedBy: "would be set by conf-enabled/security.conf:\(line)",
          isForecast: true))
    }
    return changes
  }

  private static func isSame(_ found: String, _ wanted: String) -> Bool {
    let aliases = ["productonly": "prod", "minimal": "min"]
    let found = found.lowercased()
    return (aliases[found] ?? found) == wanted.lowercased()
  }

  /// https://httpd.apache.org/docs/2.4/mod/core.html
  private static func built(in name: String) -> String {
    switch name {
    case "ServerTokens": "Full"
    case "TraceEnable": "On"
    default: "Off"
    }
  }
}

/// A line of somebody else's that beats harden's.
private struct Defeat {
  let name: String
  let wanted: String
  let found: String
  let place: String?
  let file: String?

  var words: String {
    let decides = place.map { "\($0) says “\(name) \(found)”" } ?? "“\(name) \(found)” is Apache's own default"
    return "\(name) should be \(wanted), but \(decides)"
  }
}

extension Diagnostic {
  fileprivate static func defeated(_ defeats: [Defeat]) -> Diagnostic {
    var files: [String] = []
    for file in defeats.compactMap(\.file) where !files.contains(file) { files.append(file) }
    let (counts, reads, lines) =
      defeats.count == 1
      ? ("that is what counts", "it is read after harden's file or stands in a section", "line")
      : ("those are what counts", "they are read after harden's file or stand in a section", "lines")
    return Diagnostic(
      "Setting not in force",
      detail: defeats.map(\.words).joined(separator: "; ") + ", and \(counts): \(reads), and harden edits no file of "
        + "others.",
      fix: files.isEmpty
        ? nil
        : "sudoedit \(files.map(Command.quoted).joined(separator: " "))   # remove the \(lines), then run harden again")
  }

  fileprivate static func broken(_ result: CommandResult) -> Diagnostic {
    Diagnostic(
      "Apache's configuration is broken",
      detail: "Apache does not accept what is on disk, so it would not come back after a restart, and what is in force "
        + "cannot be told.", fix: "sudo apachectl configtest",
      command: FailedCommand(ApacheConfiguration.question.command, result))
  }

  fileprivate static func unreadable(_ reason: String) -> Diagnostic {
    Diagnostic(
      "Apache's configuration not readable", detail: "What is in force in Apache could not be asked: \(reason).",
      fix: .remedy(forUnreadable: reason), kind: .unreadable)
  }
}
