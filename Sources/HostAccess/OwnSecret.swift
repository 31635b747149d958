import HostState

extension Executor {
  /// Puts a value of the owner's into a file of secrets; all else in it stays as it is. Made where it is not there.
  ///
  /// Neither the journal nor any argument, environment or message ever holds the value.
  ///
  /// - Throws: a `Diagnostic` when another harden is at work, or the file is no JSON object.
  public func setSecret(
    _ key: String, to value: String, in path: Path, mode: FileMode, owner: Owner, progress: Progress = { _, _ in }
  ) throws(Diagnostic) {
    try lock(progress: progress)
    let numbers = try Owners.numbers(of: owner)
    let text = try SecretsFile.setting(key, to: value, in: try SecretsFile.read(path), path)
    try SafeFiles.write(
      path, Array(text.utf8), mode: mode, user: numbers.user, group: numbers.group,
      attributes: try SafeFiles.lastingAttributes(of: path, mode: mode))
  }
}
