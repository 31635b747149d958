/// The release of Debian's own interpreter, for which its mod_wsgi is built: `3.11`.
enum PythonRelease {
  static let folder: Path = "/usr/lib"

  /// packages.debian.org and packages.ubuntu.com, package python3.
  private static let table: [String: String] = [
    "debian 11": "3.9", "debian 12": "3.11", "debian 13": "3.13", "ubuntu 22.04": "3.10", "ubuntu 24.04": "3.12",
  ]

  /// Whether the release has to be read off the folders of `/usr/lib`.
  static func isUnknown(on known: Observations) -> Bool {
    guard case .there(.host(let facts))? = known.answer(.host) else { return false }
    return table["\(facts.system) \(facts.version)"] == nil
  }

  /// - Throws: a `Diagnostic` when neither the table nor the host tells.
  static func installed(on host: Observations) throws(Diagnostic) -> String {
    guard let facts = try host.host().known("what system this is") else { throw .noPython("This system") }
    if let release = table["\(facts.system) \(facts.version)"] { return release }
    var best: Int?
    for name in try host.names(in: folder).known(folder.text) ?? [] where name.hasPrefix("python3.") {
      if let minor = Int(name.dropFirst("python3.".count)) { best = max(best ?? 0, minor) }
    }
    guard let best else { throw .noPython(facts.prettyName) }
    return "3.\(best)"
  }
}

extension Diagnostic {
  fileprivate static func noPython(_ system: String) -> Diagnostic {
    Diagnostic(
      "Python's release not known",
      detail: "\(system) has no /usr/lib/python3.N, and harden does not know which release its mod_wsgi is built for.",
      fix: "sudo apt-get install python3   # then run harden again")
  }
}
