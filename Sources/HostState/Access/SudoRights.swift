/// What `sudo -l` printed of one account: sudo(8), sudoers(5).
package struct SudoRights: Hashable, Sendable {
  /// Whether it may run everything as root.
  package private(set) var everything = false
  /// Whether the last rule that allows everything asks for no password.
  package private(set) var withoutPassword = false
  /// Whether what it runs is kept from running anything itself (`noexec`).
  package private(set) var isBarren = false
  /// The rules as sudo words them: `(ALL : ALL) NOPASSWD: ALL`.
  package private(set) var rules: [String] = []
  /// Settings that hold for the account, such as `rootpw` or `passwd_tries=0`.
  private var defaults: Set<String> = []

  package static let program: Path = "/usr/bin/sudo"

  /// With `-U` sudo ends with 0 whether or not there are any rules, so its text is read.
  package static func question(_ name: String) -> Question {
    Question(
      Command(program, ["-n", "-l", "-U", name], accepted: [0, 1]), reads: ["/etc/sudoers", "/etc/sudoers.d"],
      readsAccounts: true, account: name, package: "sudo")
  }

  package init(_ output: String) {
    guard let start = output.firstRange(of: "may run the following commands") else { return }
    if let listed = output[..<start.lowerBound].firstRange(of: "Matching Defaults entries") {
      var settings = output[listed.upperBound..<start.lowerBound]
      // What follows holds for some commands alone.
      if let special = settings.firstRange(of: "Runas and Command-specific") {
        settings = settings[..<special.lowerBound]
      }
      defaults = Set(settings.split { ", \n".contains($0) }.map(String.init))
    }
    for line in output[start.upperBound...].split(whereSeparator: \.isNewline) where line.hasPrefix("    ") {
      read(String(line.drop { $0 == " " }))
    }
  }

  private mutating func read(_ rule: String) {
    rules.append(rule)
    guard rule.hasPrefix("("), let close = rule.firstIndex(of: ")") else { return }
    let target = rule[rule.index(after: rule.startIndex)..<close].split(separator: ":").first ?? ""
    let users = target.split(separator: ",").map { $0.filter { $0 != " " } }
    guard users.contains("ALL") || users.contains("root"), !users.contains("!root"), !users.contains("!#0") else {
      return
    }
    var asks = !defaults.contains("!authenticate")
    var isBarren = defaults.contains("noexec")
    // Tags hold for all commands that follow in the same rule.
    for item in rule[rule.index(after: close)...].split(separator: ",") {
      var words = item.split(separator: " ").map(String.init)
      while let tag = words.first, tag.hasSuffix(":") {
        switch tag {
        case "NOPASSWD:": asks = false
        case "PASSWD:": asks = true
        case "NOEXEC:": isBarren = true
        case "EXEC:": isBarren = false
        default: break
        }
        words.removeFirst()
      }
      // The last rule that matches decides, also where it forbids.
      guard words == ["ALL"] || words == ["!ALL"] else { continue }
      everything = words == ["ALL"]
      withoutPassword = everything && !asks
      self.isBarren = everything && isBarren
    }
  }
}

extension SudoRights {
  /// Why no password and no rule helps: what sudo runs for the account does not make it the host's administrator.
  package var futility: String? {
    if isBarren {
      return
        "sudo keeps what it runs from running other programs (noexec), so that root could neither use a shell, nor "
        + "apt, nor confirm anything"
    }
    for setting in defaults where setting.hasPrefix("runas_default=") {
      let user = setting.dropFirst("runas_default=".count)
      if !["root", "#0"].contains(user) {
        return "sudo makes \(user), not root, of who does not say otherwise (runas_default)"
      }
    }
    return nil
  }

  /// Whether it runs nothing without a terminal to ask at: `ssh -t` gives one.
  package var needsTerminal: Bool { defaults.contains("requiretty") }

  /// Whose password it wants, as sudoers(5) has it: nil for the account's own.
  package var otherPassword: String? {
    ["rootpw", "targetpw", "runaspw"].first(where: defaults.contains)
  }

  /// The service whose file in `/etc/pam.d` sudo goes by.
  package var pamService: String {
    let setting = defaults.first { $0.hasPrefix("pam_service=") }
    return setting.map { String($0.dropFirst("pam_service=".count)) } ?? "sudo"
  }

  /// Why the account cannot become root by a password; nil where it has one that sudo would take.
  package func obstacle(to account: Account, _ accounts: Accounts?) -> String? {
    if defaults.contains("passwd_tries=0") { return "sudo takes no password (passwd_tries=0)" }
    if let setting = otherPassword {
      return Self.lack(accounts?.users["root"]?.password).map { "sudo wants root's password (\(setting)), \($0)" }
    }
    return Self.lack(account.password).map { "sudo wants a password of \(account.name), \($0)" }
  }

  /// Why a password is none that one could rely on.
  private static func lack(_ password: Account.Password?) -> String? {
    switch password {
    case .usable: nil
    case .doubtful: "and what /etc/shadow holds may be none (letters as of crypt's DES)"
    default: "who has none"
    }
  }

  /// Why sudo said nothing about the account; nil where it did, if only that it may do nothing.
  package static func complaint(_ result: CommandResult) -> String? {
    let isAnswer = ["may run the following commands", "not allowed to run sudo"].contains { result.output.contains($0) }
    guard !isAnswer, result.status != 0, !result.errors.isEmpty else { return nil }
    return String(result.errors.singleSpaced.prefix(200))
  }
}
