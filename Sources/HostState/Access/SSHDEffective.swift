/// What `sshd -T` printed: the settings in force for one connection.
package struct SSHDEffective: Hashable, Sendable {
  /// Values by keyword in lower case; several where sshd prints a line for each (`port`, `allowusers`, `hostkey`).
  package let settings: [String: [String]]

  package init(_ output: String) {
    var settings: [String: [String]] = [:]
    for line in output.utf8.split(separator: 0x0A) {
      let text = String(decoding: line, as: UTF8.self)
      guard let blank = text.firstIndex(of: " ") else { continue }
      settings[String(text[..<blank]), default: []].append(String(text[text.index(after: blank)...]))
    }
    self.settings = settings
  }

  private static let parsed = Parsed { SSHDEffective($0) }

  /// The settings that `sshd -T` printed.
  ///
  /// Nil where it ended with another code than 0, or printed no settings.
  package static func of(_ result: CommandResult) -> SSHDEffective? {
    guard result.status == 0 else { return nil }
    let effective = parsed[result.output]
    return effective["PermitRootLogin"] == nil ? nil : effective
  }

  /// The value of a keyword, nil when sshd does not print it.
  package subscript(_ keyword: String) -> String? {
    settings[keyword.lowercased()]?.joined(separator: " ")
  }

  /// Where it listens: `ListenAddress` may name a port of its own, and then `Port` says nothing (sshd_config(5)).
  package var ports: [UInt16] {
    let bound = (settings["listenaddress"] ?? []).compactMap { Self.port(of: $0) }
    return bound.isEmpty ? (settings["port"] ?? []).compactMap { UInt16($0) } : Set(bound).sorted()
  }

  /// The addresses that it binds, of which `AddressFamily` has its say, too: `0.0.0.0`, `::`, `203.0.113.5`.
  package var listenAddresses: [String] {
    (settings["listenaddress"] ?? []).map { line in
      var address = line.prefix { $0 != " " }
      if let port = Self.port(of: line) { address = address.dropLast("\(port)".utf8.count + 1) }
      return String(address.filter { $0 != "[" && $0 != "]" })
    }
  }

  /// The port that `ADDRESS:PORT` or `[ADDRESS]:PORT` names; nil for an address alone.
  package static func port(of address: String) -> UInt16? {
    let parts = address.prefix { $0 != " " }.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || address.hasPrefix("["), let last = parts.last else { return nil }
    return UInt16(last)
  }

  /// Where keys of an account are looked for, `%u`, `%h` and `%%` replaced.
  package func keyFiles(of account: Account) -> [Path] {
    let patterns = (self["authorizedkeysfile"] ?? ".ssh/authorized_keys").split(separator: " ").map(String.init)
    return patterns.filter { $0 != "none" }.compactMap { Self.keyFile($0, of: account) }
  }

  /// Nil where it is named by the number of an account that is yet to be made.
  private static func keyFile(_ pattern: String, of account: Account) -> Path? {
    var text = ""
    var characters = Array(pattern)[...]
    while let character = characters.popFirst() {
      guard character == "%", let code = characters.popFirst() else {
        text.append(character)
        continue
      }
      switch code {
      case "u": text += account.name
      case "h": text += account.home.text
      case "U":
        guard let uid = account.uid else { return nil }
        text += "\(uid)"
      default: text.append(code)
      }
    }
    return text.hasPrefix("/") ? Path(text) : account.home / text
  }

  /// A value in one spelling: `prohibit-password` is printed as `without-password`, and the case does not matter.
  package static func canonical(_ value: String) -> String {
    let value = value.lowercased()
    return value == "without-password" ? "prohibit-password" : value
  }
}
