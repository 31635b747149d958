import HostState
import Resources

// MARK: Whom sshd lets in

extension AccessChain {
  /// Whom sshd admits: sshd_config(5), AllowUsers and its like. DenyUsers beats AllowUsers, both lists must match.
  func admission(
    of account: Account, _ accounts: Accounts, _ effective: SSHDEffective, _ visitor: Operator
  ) throws(Stop) {
    let groups = accounts.groups(of: account.name)
    func names(_ keyword: String) -> [String] {
      (effective.settings[keyword] ?? []).flatMap { $0.split(separator: " ").map(String.init) }
    }
    // Each word is one pattern: a comma parts nothing here, unlike in Match.
    func isMember(_ pattern: String) -> Bool { groups.contains(where: Wildcard(pattern).matches) }
    /// Nil where the address decides and is not known.
    func matches(_ pattern: String) -> Bool? {
      let parts = pattern.split(separator: "@", maxSplits: 1).map(String.init)
      guard let name = parts.first, Wildcard(name).matches(account.name) else { return false }
      guard parts.count == 2 else { return true }
      return visitor.address.flatMap { SSHDMatch.addresses(parts[1], $0) }
    }
    for pattern in names("denyusers") {
      guard let holds = matches(pattern) else { throw .unknown("whether you are of DenyUsers \(pattern)") }
      if holds { throw .broken("sshd", "DenyUsers \(pattern) shuts \(account.name) out") }
    }
    let allowed = names("allowusers")
    if !allowed.isEmpty, !allowed.contains(where: { matches($0) == true }) {
      let list = allowed.joined(separator: " ")
      if allowed.contains(where: { matches($0) == nil }) { throw .unknown("whether you are of AllowUsers \(list)") }
      throw .broken("sshd", "AllowUsers \(list) leaves \(account.name) out")
    }
    if let pattern = names("denygroups").first(where: isMember) {
      throw .broken("sshd", "DenyGroups \(pattern) shuts \(account.name) out")
    }
    let allowedGroups = names("allowgroups")
    if !allowedGroups.isEmpty, !allowedGroups.contains(where: isMember) {
      throw .broken("sshd", "AllowGroups \(allowedGroups.joined(separator: " ")) leaves \(account.name) out")
    }
    if account.uid == 0, ["no", "forced-commands-only"].contains(effective["permitrootlogin"] ?? "") {
      throw .broken("sshd", "PermitRootLogin refuses every account with uid 0")
    }
    guard effective["pubkeyauthentication"] != "no" else { throw .broken("sshd", "PubkeyAuthentication is off") }
    let methods = (effective["authenticationmethods"] ?? "any").split(separator: " ")
    guard methods.contains("any") || methods.contains("publickey") else {
      throw .broken("sshd", "AuthenticationMethods \(methods.joined(separator: " ")) asks for more than a key")
    }
    if let command = effective["forcecommand"], command != "none" {
      throw .broken("sshd", "ForceCommand \(command) gives no shell")
    }
    if let directory = effective["chrootdirectory"], directory != "none" {
      throw .broken("sshd", "ChrootDirectory \(directory) shuts \(account.name) in where there is no sudo")
    }
    if effective["maxsessions"] == "0" {
      throw .broken("sshd", "MaxSessions 0 gives no shell")
    }
    if effective["persourcemaxstartups"] == "0" {
      throw .broken("sshd", "PerSourceMaxStartups 0 takes no connection from anywhere")
    }
    if let refused = effective["refuseconnection"], refused == "yes" {
      throw .broken("sshd", "RefuseConnection is on")
    }
  }
}
