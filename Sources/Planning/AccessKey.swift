import HostState
import Resources

// MARK: Key, its options and the modes that StrictModes wants

extension AccessChain {
  mutating func key(
    of administrator: Grants.Administrator, _ account: Account, _ accounts: Accounts, _ effective: SSHDEffective,
    _ visitor: Operator
  ) throws(Stop) -> (fingerprint: String, file: Path) {
    let revoked = try revoked(effective)
    guard !administrator.keys.isEmpty else { throw .broken("key", "no key is declared for \(account.name)") }
    var (reasons, absent): ([String], [String]) = ([], [])
    let files = effective.keyFiles(of: account)
    askAtOnce(aboutKeysIn: files)
    for file in files {
      guard let found = try status(file) else {
        absent.append("\(file) is not there")
        continue
      }
      let text = try there(.contents(path: file), file.text, \.asText)
      let entries = AuthorizedKeys(text).entries
      for key in administrator.keys {
        guard let entry = entries.first(where: { $0.key?.blob == key.blob }) else { continue }
        if let objection = KeyOptions(entry.options).objection(from: visitor.address, today: accounts.today) {
          reasons.append("\(file): \(objection)")
          continue
        }
        if let objection = Self.objection(to: key, effective) {
          reasons.append(objection)
          continue
        }
        if revoked.contains(key.blob) {
          reasons.append("the key \(key.fingerprint) is revoked in \(effective["revokedkeys"] ?? "")")
          continue
        }
        if let objection = try closedDirectory(above: file, found, account, accounts) {
          reasons.append(objection)
          continue
        }
        if effective["strictmodes"] != "no",
          let objection = try strictModes(file, found, account, accounts)
        {
          reasons.append(objection)
          continue
        }
        return (key.fingerprint, file)
      }
    }
    // Of the usual two files one is missing as a rule, which is no reason beside another.
    if reasons.isEmpty { reasons = absent }
    if reasons.isEmpty { reasons = ["none of \(account.name)'s declared keys stands in its key file"] }
    throw .broken("key", reasons.joined(separator: "; "))
  }

  /// sshd(8), StrictModes, with Debian's patch: group-writable is let pass where the group has no other member.
  private mutating func strictModes(
    _ file: Path, _ status: FileStatus, _ account: Account, _ accounts: Accounts
  ) throws(Stop) -> String? {
    var path = file
    while true {
      guard let found = try self.status(path) else { return "\(path) is not there" }
      if found.owner.user != account.name && found.owner.user != "root" {
        return "\(path) belongs to \(found.owner.user)"
      }
      if StrictModes.mended(found, accounts) != found.mode {
        return "\(path) is writable by others than \(account.name) (\(found.mode) \(found.owner))"
      }
      if path == account.home || path == "/" { return nil }
      path = path.parent
    }
  }

  /// Keys that sshd refuses, whoever has them: sshd_config(5), RevokedKeys.
  private mutating func revoked(_ effective: SSHDEffective) throws(Stop) -> Set<String> {
    guard let file = effective["revokedkeys"], file != "none" else { return [] }
    guard try status(Path(file)) != nil else {
      throw .broken("key", "RevokedKeys \(file) is not there, and sshd then refuses every key")
    }
    let text = try there(.contents(path: Path(file)), file, \.asText)
    guard !text.hasPrefix("SSHKRL") else { throw .unknown("RevokedKeys \(file) is a binary list") }
    return Set(AuthorizedKeys(text).entries.compactMap { $0.key?.blob })
  }

  /// Why sshd takes no key of this type or size.
  private static func objection(to key: PublicKey, _ effective: SSHDEffective) -> String? {
    if let bits = key.rsaBits, let least = effective["requiredrsasize"].flatMap({ Int($0) }), bits < least {
      return "the RSA key \(key.fingerprint) has \(bits) bits, and sshd takes none below \(least)"
    }
    guard let accepted = effective["pubkeyacceptedalgorithms"] else { return nil }
    let isTaken = key.algorithms.contains { SSHDMatch.matches(accepted, [$0]) }
    return isTaken ? nil : "PubkeyAcceptedAlgorithms takes no \(key.type) key"
  }

  /// What keeps sshd, which reads keys as the account, from coming to the file.
  private mutating func closedDirectory(
    above file: Path, _ status: FileStatus, _ account: Account, _ accounts: Accounts
  ) throws(Stop) -> String? {
    guard Self.may(0o4, status, account, accounts) else {
      return "\(file) cannot be read by \(account.name) (\(status.mode) \(status.owner))"
    }
    var path = file
    while path != "/" {
      path = path.parent
      guard let found = try self.status(path) else { return "\(path) is not there" }
      guard found.kind == .directory else { continue }
      if !Self.may(0o1, found, account, accounts) {
        return "\(path) is closed to \(account.name) (\(found.mode) \(found.owner))"
      }
    }
    return nil
  }

  /// Whether the mode gives the account this bit.
  private static func may(_ bit: UInt16, _ status: FileStatus, _ account: Account, _ accounts: Accounts) -> Bool {
    let mode = UInt16(status.mode.rawValue)
    if account.uid == 0 { return true }
    if status.owner.user == account.name { return mode & bit << 6 != 0 }
    if accounts.groups(of: account.name).contains(status.owner.group) { return mode & bit << 3 != 0 }
    return mode & bit != 0
  }
}
