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
    func matches(_ pattern: String) -> Bool {
      let parts = pattern.split(separator: "@", maxSplits: 1).map(String.init)
      guard SSHDMatch.matches(parts[0], [account.name]) else { return false }
      guard parts.count == 2 else { return true }
      return visitor.address.map { SSHDMatch.matches(parts[1], [$0]) } ?? false
    }
    if let pattern = names("denyusers").first(where: matches) {
      throw .broken("sshd", "DenyUsers \(pattern) shuts \(account.name) out")
    }
    let allowed = names("allowusers")
    if !allowed.isEmpty, !allowed.contains(where: matches) {
      throw .broken("sshd", "AllowUsers \(allowed.joined(separator: " ")) leaves \(account.name) out")
    }
    if let pattern = names("denygroups").first(where: { SSHDMatch.matches($0, Array(groups)) }) {
      throw .broken("sshd", "DenyGroups \(pattern) shuts \(account.name) out")
    }
    let allowedGroups = names("allowgroups")
    if !allowedGroups.isEmpty, !allowedGroups.contains(where: { SSHDMatch.matches($0, Array(groups)) }) {
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
