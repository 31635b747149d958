/// Whom sshd lets in by its settings: sshd_config(5).
///
/// What `sshd -T -C` prints does not say who is admitted: it ends with 0 for somebody whom `AllowUsers` leaves out.
package struct SSHDAdmission {
  package enum Verdict: Hashable, Sendable {
    case admitted
    case refused(String)
    /// Nobody can say without the visitor's address.
    case unknown(String)
  }

  private let account: Account
  private let groups: Set<String>
  private let effective: SSHDEffective
  private let address: String?

  /// - Parameters:
  ///   - effective: the settings in force for this account.
  ///   - address: where the login comes from; nil when it is not known.
  package init(of account: Account, _ accounts: Accounts, _ effective: SSHDEffective, from address: String?) {
    (self.account, self.effective, self.address) = (account, effective, address)
    groups = accounts.groups(of: account.name)
  }

  /// AllowUsers and its like: what denies beats what allows, and both lists must match.
  package var lists: Verdict {
    for pattern in names("denyusers") {
      guard let holds = matches(pattern) else { return .unknown("whether you are of DenyUsers \(pattern)") }
      if holds { return .refused("DenyUsers \(pattern) shuts \(account.name) out") }
    }
    let allowed = names("allowusers")
    if !allowed.isEmpty, !allowed.contains(where: { matches($0) == true }) {
      let list = allowed.joined(separator: " ")
      if allowed.contains(where: { matches($0) == nil }) { return .unknown("whether you are of AllowUsers \(list)") }
      return .refused("AllowUsers \(list) leaves \(account.name) out")
    }
    if let pattern = names("denygroups").first(where: isMember) {
      return .refused("DenyGroups \(pattern) shuts \(account.name) out")
    }
    let allowedGroups = names("allowgroups")
    if !allowedGroups.isEmpty, !allowedGroups.contains(where: isMember) {
      return .refused("AllowGroups \(allowedGroups.joined(separator: " ")) leaves \(account.name) out")
    }
    return .admitted
  }

  /// By a key alone.
  package var byKey: Verdict {
    if account.uid == 0, ["no", "forced-commands-only"].contains(effective["permitrootlogin"] ?? "") {
      return .refused("PermitRootLogin refuses every account with uid 0")
    }
    guard effective["pubkeyauthentication"] != "no" else { return .refused("PubkeyAuthentication is off") }
    guard methods.contains("any") || methods.contains("publickey") else {
      return .refused("AuthenticationMethods \(methods.joined(separator: " ")) asks for more than a key")
    }
    return .admitted
  }

  /// By a password alone, its own or what PAM asks for.
  package var byPassword: Verdict {
    if account.uid == 0, effective["permitrootlogin"] != "yes" {
      return .refused("PermitRootLogin refuses root's password")
    }
    let ways: [(setting: String, method: String)] = [
      ("passwordauthentication", "password"), ("kbdinteractiveauthentication", "keyboard-interactive"),
    ]
    let isOpen = ways.contains { way in
      effective[way.setting] == "yes"
        && methods.contains { $0 == "any" || $0 == way.method || $0 == way.method + ":pam" }
    }
    guard isOpen else { return .refused("PasswordAuthentication and KbdInteractiveAuthentication are off") }
    switch account.password {
    case .usable, .doubtful, .unknown: return .admitted
    case .empty where effective["permitemptypasswords"] == "yes": return .admitted
    case .empty, .none, .locked: return .refused("\(account.name) has no password")
    }
  }

  /// Whether a login gets a shell of the host's own.
  package var shell: Verdict {
    if let command = effective["forcecommand"], command != "none" {
      return .refused("ForceCommand \(command) gives no shell")
    }
    if let directory = effective["chrootdirectory"], directory != "none" {
      return .refused("ChrootDirectory \(directory) shuts \(account.name) in where there is no sudo")
    }
    if effective["maxsessions"] == "0" { return .refused("MaxSessions 0 gives no shell") }
    if effective["persourcemaxstartups"] == "0" {
      return .refused("PerSourceMaxStartups 0 takes no connection from anywhere")
    }
    if effective["refuseconnection"] == "yes" { return .refused("RefuseConnection is on") }
    return .admitted
  }

  private var methods: [String] {
    (effective["authenticationmethods"] ?? "any").split(separator: " ").map(String.init)
  }

  private func names(_ keyword: String) -> [String] {
    (effective.settings[keyword] ?? []).flatMap { $0.split(separator: " ").map(String.init) }
  }

  /// Each word is one pattern: a comma parts nothing here, unlike in Match.
  private func isMember(_ pattern: String) -> Bool { groups.contains(where: Wildcard(pattern).matches) }

  /// Nil where the address decides and is not known.
  private func matches(_ pattern: String) -> Bool? {
    let parts = pattern.split(separator: "@", maxSplits: 1).map(String.init)
    guard let name = parts.first, Wildcard(name).matches(account.name) else { return false }
    guard parts.count == 2 else { return true }
    return address.flatMap { SSHDMatch.addresses(parts[1], $0) }
  }
}

extension Account {
  /// Why PAM and sshd admit nobody to the account, whatever they show; nil where they do.
  package func closure(on today: Int) -> String? {
    if let day = expires, day <= today { return "\(name) expired (chage -E -1 \(name))" }
    return canLogIn ? nil : "\(name)'s shell is \(shell)"
  }

  /// Whether PAM lets sudo tell this account nothing, not even about others: pam_unix(8).
  package func refusesSudo(on today: Int) -> Bool { passwordExpired || expires.map { $0 <= today } ?? false }

  /// Why a key lets nobody in.
  package func objectionToKeys(usesPAM: Bool) -> String? {
    if passwordExpired { return "\(name) must change its password first, which a key login cannot do" }
    if password == .locked && !usesPAM {
      return "\(name)'s password is locked, and with UsePAM no that refuses keys, too"
    }
    return nil
  }
}
