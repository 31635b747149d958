/// The folders above a site, which the web server has to pass to reach it.
///
/// A home that is 0700, as useradd makes it on Debian 13, hides a site within it: every page would be an error. Passing
/// (`x`) shows no names in the folder, and is what Apache's own documentation asks of a home (howto/public_html).
enum WebPassage {
  private static let user = "www-data"

  static func probes(_ site: Path) -> Set<Probe> { Set(folders(above: site).map { .file(path: $0) }) }

  static func settle(_ site: Path, _ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    for folder in folders(above: site) {
      // What is not there is made with the site, open to pass.
      guard case .there(let status) = try host.file(folder), status.kind == .directory else { continue }
      if isOpen(status) { continue }
      let mode = FileMode(status.mode.rawValue | 0o001)
      proposal.changes.append(
        Change(
          folder.text, "mode", from: "\(status.mode)", to: "\(mode)",
          warning: "lets the web server pass to \(site), and see no names on its way"))
      proposal.steps.append(Step(.setMode(path: folder, mode: mode), requires: [.path(folder)]))
    }
  }

  private static func isOpen(_ status: FileStatus) -> Bool {
    let bits = status.mode.rawValue
    if status.owner.user == user { return bits & 0o100 != 0 }
    return bits & (status.owner.group == user ? 0o010 : 0o001) != 0
  }

  /// The outermost first.
  private static func folders(above site: Path) -> [Path] {
    var folders: [Path] = []
    var folder = site.parent
    while folder != "/", folder != folder.parent {
      folders.insert(folder, at: 0)
      folder = folder.parent
    }
    return folders
  }
}
