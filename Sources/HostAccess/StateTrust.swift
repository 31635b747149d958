import Glibc
import HostState

extension StatePaths {
  /// Why what lies here is not to be trusted: somebody other than root could have written it, and harden would replay it
  /// as root. Nil where root alone could.
  ///
  /// Only harden's own directories are looked at, and what harden laid into them. A link of root's in their place is
  /// followed, as to another disk; links of others never are.
  public func objection() -> Diagnostic? {
    var found: [(path: Path, words: String)] = []
    for path in [state, runs, window, vault, vault / "secrets", memory, memory / "keys"] {
      if let words = Self.fault(of: path, isDirectory: true) { found.append((path, words)) }
    }
    for path in [ledger, lock, recipe] {
      if let words = Self.fault(of: path, isDirectory: false) { found.append((path, words)) }
    }
    for folder in [runs, window, memory / "keys"] { Self.look(into: folder, &found) }
    guard let first = found.first else { return nil }
    guard first.words != Self.isNoDirectory else { return .noDirectory(first.path) }
    let roots = [state, memory].filter { root in found.contains { $0.path.isWithin(root) } }
    return .notRootsAlone(first.path, first.words, others: found.count - 1, roots.map(Self.real))
  }

  private static func look(into folder: Path, _ found: inout [(path: Path, words: String)]) {
    guard let directory = (try? SafeFiles.openDirectory(folder)) ?? nil else { return }
    for name in ImageCamera.names(in: directory).map(ByteName.text).sorted() {
      let path = folder / name
      let isDirectory = directory.status(of: name)?.isDirectory ?? false
      if let words = fault(of: path, isDirectory: isDirectory) { found.append((path, words)) }
      if isDirectory { look(into: path, &found) }
    }
  }

  /// What is wrong with who may write there, in words; nil where nothing is, or nothing lies there.
  private static func fault(of path: Path, isDirectory: Bool) -> String? {
    guard let own = (try? SafeFiles.status(path)) ?? nil else { return nil }
    if own.st_uid != geteuid() { return belongs(own) }
    guard own.isLink else {
      if isDirectory, !own.isDirectory { return isNoDirectory }
      return own.st_mode & 0o022 == 0 ? nil : mayWrite(own)
    }
    // What a link of root's leads to; a link that is not to be trusted is told by whoever follows it.
    guard let status = (try? SafeFiles.openDirectory(path))??.status() else { return nil }
    if status.st_uid != geteuid() { return belongs(status) }
    return status.st_mode & 0o022 == 0 ? nil : mayWrite(status)
  }

  private static let isNoDirectory = "is no directory"

  private static func belongs(_ status: stat) -> String {
    "belongs to \(Owners.owner(status.st_uid, status.st_gid))"
  }

  private static func mayWrite(_ status: stat) -> String {
    "may be written to by others (\(status.permissions), \(Owners.owner(status.st_uid, status.st_gid)))"
  }

  /// Where a link of root's leads to: chown(1) would change the link alone.
  private static func real(_ path: Path) -> Path { path.real ?? path }
}

extension Diagnostic {
  fileprivate static func noDirectory(_ path: Path) -> Diagnostic {
    Diagnostic(
      "No directory", detail: "\(path) is none, and what harden has to remember is to lie in it.",
      fix: "Move it away: mv \(Command.quoted(path.text)) \(Command.quoted(path.text + ".aside"))")
  }

  fileprivate static func notRootsAlone(
    _ path: Path, _ words: String, others: Int, _ roots: [Path]
  ) -> Diagnostic {
    let more = others > 0 ? ", and \(others) more beneath harden's directories are like it" : ""
    let names = roots.map { Command.quoted($0.text) }.joined(separator: " ")
    return Diagnostic(
      "State not root's alone",
      detail: "\(path) \(words)\(more). By what lies there harden changes this host as root, so root alone may "
        + "write it.",
      fix: "Look who changed it, then: chown -R root:root \(names) && chmod -R go-w \(names)")
  }
}
