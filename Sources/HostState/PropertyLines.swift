extension StringProtocol where SubSequence == Substring {
  /// `Name=value`, a line for each, as systemctl(1) and loginctl(1) show properties.
  package var properties: [String: String] {
    var properties: [String: String] = [:]
    for line in lines {
      guard let sign = line.firstIndex(of: "=") else { continue }
      properties[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    return properties
  }
}
