import HostState

/// A JSON file of secrets: its keys, and the values of those alone that were asked for openly.
enum SecretsReading {
  static func answer(_ path: Path, open: [String]) -> Answer<Fact> {
    let reading = SmallFile.bytes(path.text, followingLinks: false)
    guard case .read(let bytes) = reading else { return reading.fact { _ in nil } }
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
      return .unreadable(reason: "it begins with a byte order mark, which Python refuses as well")
    }
    // Read as the executor reads it, whose words never quote the file.
    guard let text = String(validating: bytes, as: UTF8.self), let members = SecretsFile.members(text) else {
      return .unreadable(reason: "it is not a JSON object")
    }
    let keys = members.reduce(into: [String: SecretsState.Value]()) { keys, entry in
      if open.contains(entry.key) {
        keys[entry.key] = .open(json: entry.value.canonicalText)
      } else if case .string(let secret) = entry.value {
        keys[entry.key] = .hidden(characters: secret.count)
      } else {
        keys[entry.key] = .hidden(characters: 0)
      }
    }
    return .there(value: .secrets(SecretsState(keys: keys)))
  }
}
