/// The folders above a site, which the web server has to pass to reach it.
///
/// A home that is 0700, as useradd makes it on Debian 13, hides a site within it: every page would be an error. Passing
/// (`x`) shows no names in the folder, and is what Apache's own documentation asks of a home (howto/public_html).
package enum WebPassage {
  private static let user = "www-data"

  static func probes(_ site: Path) -> Set<Probe> { Set(folders(above: site).map { .file(path: $0) }) }

  /// The folder above a site of which Apache has one of its own: its unit has `PrivateTmp=true` in Debian and Ubuntu
  /// (systemd.exec(5)). Nil where a site can be served.
  package static func hidden(_ site: Path) -> Path? { (["/tmp", "/var/tmp"] as [Path]).first { site.isWithin($0) } }

  static func settle(_ site: Path, _ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    if let folder = hidden(site) { throw .unseen(site, folder) }
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

extension Diagnostic {
  fileprivate static func unseen(_ site: Path, _ folder: Path) -> Diagnostic {
    Diagnostic(
      "Site not seen by Apache",
      detail: "\(site) lies in \(folder), and Apache has a \(folder) of its own (PrivateTmp): every page would be an "
        + "error.", fix: "Name a folder elsewhere, such as /srv/django.")
  }
}
