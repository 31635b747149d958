import Glibc
import HostState

/// Which accounts may get in over SSH, as far as sshd's settings, the account files and key files tell.
///
/// Only what certainly shuts an account out counts: a pattern, a key or a module that may let somebody in does.
struct WaysIn: Equatable {
  /// Those that may show a key or a password.
  var accounts: Set<String> = []
  /// Whether it could be looked at.
  var isKnown = true

  /// Whether somebody got in before and nobody does now.
  func isShut(comparedWith before: WaysIn) -> Bool {
    isKnown && before.isKnown && accounts.isEmpty && !before.accounts.isEmpty
  }

  /// Nobody would look at more accounts than these.
  private static let most = 50

  static func now(_ runner: ProcessRunner) -> WaysIn {
    var ways = WaysIn()
    let shadows = Dictionary(
      SafeFiles.lines(of: "/etc/shadow").map { AccountImages.fields($0) }.map { ($0[0], $0) },
      uniquingKeysWith: { first, _ in first })
    let accounts = SafeFiles.lines(of: "/etc/passwd").compactMap { SSHAccount($0, shadows) }.filter(\.hasShell)
    let visitor = OperatorReading.connection().flatMap { OperatorReading.parse($0.text) }
    let place = visitor.map { "addr=\($0.address),laddr=\($0.localAddress),lport=\($0.localPort)" }
    // Behind a socket unit it is there while somebody is logged in, and sshd does not begin without it.
    let isMade = mkdir("/run/sshd", 0o755) == 0
    defer { if isMade { rmdir("/run/sshd") } }
    let commands = accounts.prefix(most).map { account in
      Command(
        "/usr/sbin/sshd",
        ["-T", "-C", "user=\(account.name),host=localhost," + (place ?? "addr=127.0.0.1,laddr=127.0.0.1,lport=22")],
        timeLimit: 20)
    }
    for (account, outcome) in zip(accounts, runner.run(commands.map { ProcessRunner.Job($0) })) {
      guard let result = outcome.result, result.status == 0 else { return WaysIn(isKnown: false) }
      if account.mayGetIn(SSHSettings(result.output)) { ways.accounts.insert(account.name) }
    }
    return ways
  }
}

/// What `sshd -T` prints, by keyword.
struct SSHSettings {
  private var words: [String: [String]] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ").map(String.init)
      if let keyword = parts.first { words[keyword, default: []] += parts.dropFirst() }
    }
  }

  subscript(_ keyword: String) -> [String] { words[keyword] ?? [] }
}

/// An account, with what decides over its logins.
struct SSHAccount {
  let name: String
  private let user: UInt32
  private let home: String
  private let shell: String
  /// Of shadow(5): the hash, and the day on which the account ends.
  private let password: String
  private let lastDay: String

  init?(_ line: Substring, _ shadows: [String: [String]]) {
    let fields = AccountImages.fields(line)
    guard fields.count > 6, let user = UInt32(fields[2]) else { return nil }
    (name, self.user, home, shell) = (fields[0], user, fields[5], fields[6])
    let shadow = shadows[fields[0]] ?? []
    password = fields[1] == "x" ? (shadow.count > 1 ? shadow[1] : "*") : fields[1]
    lastDay = shadow.count > 7 ? shadow[7] : ""
  }

  var hasShell: Bool {
    !["nologin", "false", "sync", "halt", "shutdown"].contains(shell.split(separator: "/").last ?? "sh")
  }

  func mayGetIn(_ settings: SSHSettings, today: Int = time(nil) / 86_400) -> Bool {
    if let last = Int(lastDay), last < today { return false }
    let allowed = settings["allowusers"]
    if !allowed.isEmpty, !allowed.contains(where: matches) { return false }
    if settings["denyusers"].contains(where: { !$0.contains("@") && matches($0) }) { return false }
    let rootLogin = user == 0 ? settings["permitrootlogin"].first ?? "yes" : "yes"
    if rootLogin == "no" { return false }
    if settings["pubkeyauthentication"].first != "no", mayHaveKey(settings) { return true }
    let asks = ["passwordauthentication", "kbdinteractiveauthentication"].contains { settings[$0].first == "yes" }
    // crypt(5): every hash of today begins with a dollar; ! and * match nothing.
    return asks && rootLogin == "yes" && password.hasPrefix("$")
  }

  /// The part before @ of a pattern: who comes from elsewhere may get in.
  private func matches(_ pattern: String) -> Bool {
    fnmatch(String(pattern.prefix { $0 != "@" }), name, 0) == 0
  }

  private func mayHaveKey(_ settings: SSHSettings) -> Bool {
    for source in ["authorizedkeyscommand", "trustedusercakeys"] {
      if let first = settings[source].first, first != "none" { return true }
    }
    return settings["authorizedkeysfile"].contains { pattern in
      let text = pattern.split(separator: "%h", omittingEmptySubsequences: false).joined(separator: home)
        .split(separator: "%u", omittingEmptySubsequences: false).joined(separator: name)
      // As sshd reads it: through links as well.
      guard case .read(let keys) = SmallFile.text(text.hasPrefix("/") ? text : home + "/" + text) else { return false }
      return keys.lines.contains { line in
        let first = line.first { !$0.isWhitespace }
        return first != nil && first != "#"
      }
    }
  }
}

extension Diagnostic {
  /// - Parameter ways: of before.
  static func nobodyGetsIn(_ ways: WaysIn) -> Diagnostic {
    Diagnostic(
      "Nobody gets in over SSH any more",
      detail: "All was taken back, and sshd admits no account with a key or a password of its own now. Before it were: "
        + ways.accounts.sorted().joined(separator: ", ") + ". Keep this session open until you have mended that.",
      fix: "sshd -T | grep -iE '^(allow|deny|permitroot|passwordauth|pubkeyauth)'; passwd root")
  }
}
