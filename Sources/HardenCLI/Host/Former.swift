import HostAccess
import HostState
import RecipeDSL

extension DesiredState {
  /// With what harden made here and this recipe declares no more, as something that goes.
  ///
  /// Packages, homes, trees, certificates and secrets are never in the ledger, so they stay.
  func endingFormer(_ ledger: Ledger) -> DesiredState {
    let resources = sections.flatMap(\.declarations).map(\.resource)
    let declared = Set(resources.map(\.address))
    let shared = Set(resources.flatMap(\.sharedFiles))
    var (former, files): ([any Resource], [Path]) = ([], [])
    for (address, entry) in ledger.entries.sorted(by: { $0.key < $1.key }) where !declared.contains(address) {
      if entry.given != nil {
        if let member = FormerMember(member: address) { former.append(member) }
        if address.hasPrefix("umask:") { former.append(FormerUmask(String(address.dropFirst("umask:".count)))) }
      }
      if address.hasPrefix("user:") {
        former.append(FormerUser(String(address.dropFirst("user:".count))))
      } else {
        files += entry.files.filter { !shared.contains($0) }
      }
    }
    former += FormerFile.ordered(files).map { FormerFile($0) }
    guard !former.isEmpty else { return self }
    let source = SourceLine(file: "\(StatePaths.standard.ledger)", line: 1)
    let section = SectionState(
      name: "No longer declared", why: "What harden made for an earlier recipe or input goes again.",
      declarations: former.map { Declaration($0, source: source) })
    return DesiredState(sections: sections + [section])
  }
}
