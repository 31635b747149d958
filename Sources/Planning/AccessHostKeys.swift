import HostState
import Resources

extension AccessChain {
  /// Whether a host key is left to sshd: it ends every connection where none is of a type that it may use, and takes none
  /// that others can read (sshd_config(5), HostKey and HostKeyAlgorithms).
  mutating func hostKeys(_ effective: SSHDEffective) throws(Stop) {
    let files = (effective.settings["hostkey"] ?? []).map { Path($0) }
    // Without a list, or with an agent that holds the private halves, there is nothing to look at.
    guard !files.isEmpty, ["none", nil].contains(effective["hostkeyagent"]) else { return }
    func half(_ file: Path) -> Path { Path(file.text + ".pub") }
    try demand(Set(files.flatMap { [.file(path: $0), .contents(path: half($0))] }))
    var reasons: [String] = []
    for file in files {
      guard let found = try status(file) else {
        reasons.append("\(file) is not there")
        continue
      }
      if found.kind == .file, found.owner.user == "root", found.mode.rawValue & 0o077 != 0 {
        reasons.append("\(file) is open to others (\(found.mode))")
        continue
      }
      guard case .there(.text(let text)) = try answer(.contents(path: half(file))),
        let key = try? PublicKey(line: text.lines.first.map(String.init) ?? ""),
        let accepted = effective["hostkeyalgorithms"]
      else { return }
      if key.algorithms.contains(where: { SSHDMatch.matches(accepted, [$0]) }) { return }
      reasons.append("HostKeyAlgorithms leaves out what \(file) is, \(key.type)")
    }
    throw .broken(
      "sshd",
      "no host key is left to it, so that it ends every connection (\(reasons.joined(separator: "; "))): chmod 600 those "
        + "that are open, and make those that are missing with ssh-keygen -A")
  }
}
