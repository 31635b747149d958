import HostState

extension Executor {
  /// Puts a value of the owner's into a file of secrets; all else in it stays as it is. Made where it is not there.
  ///
  /// Neither the journal nor any argument, environment or message ever holds the value.
  ///
  /// - Throws: a `Diagnostic` when another harden is at work, the file is no JSON object, or would be longer than harden
  ///   reads.
  public func setSecret(
    _ key: String, to value: String, in path: Path, mode: FileMode, owner: Owner, progress: Progress = { _, _ in }
  ) throws(Diagnostic) {
    try lock(progress: progress)
    let numbers = try Owners.numbers(of: owner)
    let text = try SecretsFile.setting(key, to: value, in: try SecretsFile.read(path), path)
    guard text.utf8.count <= SmallFile.limit else { throw .secretTooLong(key, path, text.utf8.count) }
    try SafeFiles.write(
      path, Array(text.utf8), mode: mode, user: numbers.user, group: numbers.group,
      attributes: try SafeFiles.lastingAttributes(of: path, mode: mode))
  }
}

extension Diagnostic {
  fileprivate static func secretTooLong(_ key: String, _ path: Path, _ size: Int) -> Diagnostic {
    Diagnostic(
      "Value too long",
      detail: "With this value of \(key), \(path) would have \(size) bytes, and harden reads it up to "
        + "\(SmallFile.limit). The file is as it was.")
  }
}
