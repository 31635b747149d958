import HostState

/// A JSON file of secrets: its keys, and the values of those alone that were asked for openly.
enum SecretsReading {
  static func answer(_ path: Path, open: [String]) -> Answer<Fact> {
    let reading = SmallFile.bytes(path.text, followingLinks: false)
    guard case .read(let bytes) = reading else { return reading.fact { _ in nil } }
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
      return .unreadable(reason: SecretsState.Fault.byteOrderMark.rawValue)
    }
    // Read as the executor reads it, whose words never quote the file.
    guard let text = String(validating: bytes, as: UTF8.self), let members = SecretsFile.members(text) else {
      return .unreadable(reason: SecretsState.Fault.notJSON.rawValue)
    }
    let keys = members.reduce(into: [String: SecretsState.Value]()) { keys, entry in
      if open.contains(entry.key) {
        keys[entry.key] = .open(json: entry.value.canonicalText)
      } else {
        keys[entry.key] = .hidden(characters: characters(of: entry.value))
      }
    }
    return .there(value: .secrets(SecretsState(keys: keys)))
  }

  /// Nothing alone is empty; a number may be somebody's secret as well.
  private static func characters(of value: OrderedJSON) -> Int {
    switch value {
    case .string(let secret): secret.count
    case .word("null"): 0
    case .word, .array, .object: value.canonicalText.count
    }
  }
}
