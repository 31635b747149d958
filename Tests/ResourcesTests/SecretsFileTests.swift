import HostTesting
import Resources
import Testing

@Suite("Secrets files")
struct SecretsFileTests {
  private let path: Path = "/etc/django_config.json"
  private let file = SecretsFile("/etc/django_config.json", group: "www-data") {
    Generated("SECRET_KEY", characters: 64)
    Value("ALLOWED_HOSTS", ["example.com", "www.example.com"])
    Value("DEBUG", "False")
    Value("HTTPS", onceCertified: "example.com")
  }

  private func host(_ keys: [String: SecretsState.Value]?, mode: FileMode = 0o640) -> SimulatedHost {
    var host = SimulatedHost.debian(12)
    guard let keys else { return host }
    host.entries[path] = .file("", mode, Owner("root", "www-data"))
    host.secrets[path] = SecretsState(keys: keys)
    return host
  }

  @Test("an absent file is made, and its secret stays on the host")
  func absent() throws {
    let trial = try host(nil).trial(of: file)
    #expect(
      trial.first.changes == [
        Change(path.text, from: nil, to: "0640 root:www-data"),
        Change(path.text, "SECRET_KEY", from: nil, to: "64 random characters, made on the host"),
        Change(path.text, "ALLOWED_HOSTS", from: nil, to: #"["example.com","www.example.com"]"#),
        Change(path.text, "DEBUG", from: nil, to: #""False""#),
        Change(path.text, "HTTPS", from: nil, to: #""off""#),
      ])
    #expect(trial.first.steps.count == 1)
    #expect(trial.second == .nothing)
  }

  @Test("a declared value that differs is enforced, a key that is there is kept, an undeclared one is left alone")
  func differs() throws {
    let host = host([
      "SECRET_KEY": .hidden(characters: 50), "ALLOWED_HOSTS": .open(json: #"["example.com"]"#),
      "DEBUG": .open(json: #""False""#), "HTTPS": .open(json: #""off""#), "DB_PASSWORD": .hidden(characters: 12),
    ])
    let trial = try host.trial(of: file)
    #expect(
      trial.first.changes == [
        Change(
          path.text, "ALLOWED_HOSTS", from: #"["example.com"]"#, to: #"["example.com","www.example.com"]"#)
      ])
    #expect(trial.first.notes == ["\(path): SECRET_KEY has 50 characters, fewer than 64; it is kept"])
    guard case .settleSecrets(let rule)? = trial.first.steps.first?.action else {
      Issue.record("no step")
      return
    }
    #expect(rule.generated == [:])
    #expect(trial.second.isSettled)
  }

  @Test("whoever its access list names beyond its mode loses that, a ban by name stays")
  func accessList() throws {
    var host = host(["KEY": .hidden(characters: 64)])
    let file = SecretsFile(path, group: "www-data") { Generated("KEY", characters: 64) }
    func found(_ grants: [AccessGrant]) -> FileStatus {
      FileStatus(kind: .file, mode: 0o640, owner: Owner("root", "www-data"), grants: grants)
    }
    host.oddities[path] = found([AccessGrant("user:bob", rights: 0), AccessGrant("user:nobody", rights: 4)])
    let trial = try host.trial(of: file)
    #expect(trial.first.changes == [Change(path.text, "ACL", from: "user:nobody:r--", to: "none")])
    #expect(trial.first.steps.count == 1)
    #expect(trial.second.isSettled)
    host.oddities[path] = found([AccessGrant("user:bob", rights: 0), AccessGrant("group:adm", rights: 2)])
    #expect(try host.trial(of: file).first.isSettled)
  }

  @Test("HTTPS is on once there is a certificate")
  func certified() throws {
    var host = host([
      "SECRET_KEY": .hidden(characters: 64), "ALLOWED_HOSTS": .open(json: #"["example.com","www.example.com"]"#),
      "DEBUG": .open(json: #""False""#), "HTTPS": .open(json: #""off""#),
    ])
    #expect(try host.proposal(of: file) == .nothing)
    host.entries["/etc/letsencrypt/live/example.com/fullchain.pem"] = .link(target: "../../archive/x.pem")
    #expect(try host.proposal(of: file).changes == [Change(path.text, "HTTPS", from: #""off""#, to: #""on""#)])
  }

  @Test("others must not read it")
  func mode() throws {
    let host = host(
      [
        "SECRET_KEY": .hidden(characters: 64), "ALLOWED_HOSTS": .open(json: #"["example.com","www.example.com"]"#),
        "DEBUG": .open(json: #""False""#), "HTTPS": .open(json: #""off""#),
      ], mode: 0o644)
    let trial = try host.trial(of: file)
    #expect(trial.first.changes == [Change(path.text, "mode", from: "0644", to: "0640")])
    #expect(trial.second == .nothing)
  }

  @Test("an empty secret is made")
  func empty() throws {
    let host = host([
      "SECRET_KEY": .hidden(characters: 0), "ALLOWED_HOSTS": .open(json: #"["example.com","www.example.com"]"#),
      "DEBUG": .open(json: #""False""#), "HTTPS": .open(json: #""off""#),
    ])
    let trial = try host.trial(of: file)
    #expect(
      trial.first.changes == [
        Change(path.text, "SECRET_KEY", from: "empty", to: "64 random characters, made on the host")
      ])
    #expect(trial.second == .nothing)
  }

  @Test("text that is no JSON is told, not overwritten")
  func broken() throws {
    #expect(diagnostic(reason: SecretsState.Fault.notJSON.rawValue)?.summary == "Secrets file not understood")
  }

  @Test("a file that may not be read is told from one that is no JSON")
  func unreadable() throws {
    #expect(diagnostic(reason: "Permission denied")?.kind == .unreadable)
    #expect(diagnostic(reason: SecretsState.Fault.notJSON.rawValue)?.kind == nil)
  }

  private func diagnostic(reason: String) -> Diagnostic? {
    var host = host([:])
    host.overrides[.secrets(path: path, open: ["ALLOWED_HOSTS", "DEBUG", "HTTPS"])] = .unreadable(reason: reason)
    return host.diagnostic(of: file)
  }

  @Test("a key declared twice, or one too short, is refused")
  func refused() throws {
    let twice = SecretsFile("/etc/x.json", group: "www-data") {
      Value("DEBUG", "False")
      Value("DEBUG", true)
    }
    #expect(throws: Diagnostic.self) { try host(nil).proposal(of: twice) }
    let short = SecretsFile("/etc/x.json", group: "www-data") { Generated("SECRET_KEY", characters: 8) }
    #expect(throws: Diagnostic.self) { try host(nil).proposal(of: short) }
    let outside = SecretsFile("/etc/x.json", group: "www-data") { Value("HTTPS", onceCertified: "../../root") }
    #expect(throws: Diagnostic.self) { try host(nil).proposal(of: outside) }
  }
}
