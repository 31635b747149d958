/// What every site behind Apache needs, whatever it serves: packages, modules, a file, a way into its folder.
struct ServedSite {
  /// The first of its names.
  let name: String
  let folder: Path
  let packages: [String]
  let modules: [String]

  func probes(given known: Observations) -> Set<Probe> {
    ApacheFiles.probes(packages: packages, given: known)
      .union(ApacheFiles.probes("sites", "harden-\(name)"))
      .union(ApacheFiles.probes(modules: modules))
      .union(ApacheFiles.daemonProbes)
      .union(Lineage(name).probes)
      .union(WebPassage.probes(folder))
      .union(NamedHosts.probes)
      .union(move(given: known)?.probes ?? [])
  }

  /// Nil where it is not served from another folder today.
  func move(given known: Observations) -> SiteMove? { SiteMove(name, to: folder, given: known) }

  /// - Parameters:
  ///   - lack: why there are no pages in its folder yet; nil where there are.
  ///   - enabled: modules that are enabled when the packages are installed.
  ///   - requirements: what has to be there before its file is.
  ///   - text: its file, with or without HTTPS.
  func proposal(
    _ names: SiteNames, lack: String?, enabled: [String] = [], requiring requirements: [Requirement] = [],
    on host: Observations, text: (HTTPSHost?) -> String
  ) throws(Diagnostic) -> Proposal {
    try NamedHosts.check(names, on: host)
    let https = try HTTPSHost(names, on: host)
    var proposal = try ApacheFiles.install(packages, on: host)
    proposal.append(try ApacheFiles.enable(modules: modules.filter { !enabled.contains($0) }, on: host))
    let subject = "site \(name)"
    var file = try ApacheFiles.file("sites", "harden-\(name)", text: text(https), subject: subject, on: host)
    let former = try host.contents(ApacheFiles.available("sites", "harden-\(name)"))
    if case .there(let former) = former, let index = file.changes.firstIndex(where: { $0.property == "text" }) {
      let new = ApacheFiles.header + text(https)
      let move = move(given: host)?.changes(subject, from: former, to: new, lack: lack, on: host)
      if let words = move ?? SiteDifference(from: former, to: new).changes(subject) {
        file.changes.replaceSubrange(index...index, with: words)
      }
    }
    file.describeNewFile(
      subject, as: "\(names.all.joined(separator: ", ")) on \(https == nil ? "80" : "80 and 443") from \(folder)")
    for index in file.steps.indices { file.steps[index].requires += requirements + (https?.requirements ?? []) }
    try WebPassage.settle(folder, &proposal, on: host)
    proposal.append(file)
    try ApacheFiles.settleDaemon(
      &proposal, listening: https == nil ? [80] : [80, 443], loading: Lineage(name).directory, on: host)
    return proposal
  }
}
