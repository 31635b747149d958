import HostState
import RecipeDSL

/// What a host suggests for the inputs of a recipe.
struct Guesses: Sendable {
  private var facts: HostFacts?
  private var accounts: Accounts?
  private var listeners: [Listener] = []
  private var ufw: UFWFiles?
  /// Lines of the `authorized_keys` of root and of everybody with a login, by account.
  private var keys: [String: [String]] = [:]
  /// Whoever has a key and may do everything with sudo.
  private var administrators: [String] = []
  /// Whether somebody's keys could not be read.
  private var isBlind = false
  /// The recipe and inputs of the last apply here.
  let memory: Memory?

  init(of host: any Respondent, remembering memory: Memory? = nil) throws(Failure) {
    self.memory = memory
    var known = Observations(host.answers(to: Self.inquiries([.host, .accounts, .listeners, .ufw])))
    do throws(Diagnostic) {
      facts = try known.host().value
      accounts = try known.accounts().value
      listeners = try known.listeners().value ?? []
      ufw = try known.ufw().value
      let people = (accounts?.users.values.filter { $0.uid == 0 || Self.isPerson($0) } ?? []).sorted {
        $0.name < $1.name
      }
      let files = people.map { $0.home / ".ssh/authorized_keys" }
      known.learn(host.answers(to: Self.inquiries(files.map { .contents(path: $0) })))
      for (person, file) in zip(people, files) {
        let answer = try known.contents(file)
        if case .unreadable = answer { isBlind = true }
        keys[person.name] = (answer.value ?? "").split(whereSeparator: \.isNewline).map {
          trimmed($0)
        }
        .filter { !$0.isEmpty && !$0.hasPrefix("#") }
      }
      let names = people.map(\.name).filter { $0 != "root" && !(keys[$0] ?? []).filter(isKey).isEmpty }
      known.learn(host.answers(to: Self.inquiries(names.map { .output(question: SudoRights.question($0)) })))
      for name in names {
        let rights = try known.output(SudoRights.question(name)).value.map { SudoRights($0.output) }
        if accounts?.groups["sudo"]?.contains(name) ?? false || rights?.everything ?? false {
          administrators.append(name)
        }
      }
    } catch {
      throw Failure(error)
    }
  }

  func guess(for input: InputDescription) -> Guess {
    switch input.name {
    case "administrators": people()
    case "domain": domain()
    case "aliases": aliases()
    case "ssh-port": sshPort()
    case "open-ports": openPorts()
    case "host-name": current(facts?.hostName, "It is called that today.")
    case "time-zone": current(facts?.timeZone, "It is that today.")
    default: Guess()
    }
  }

  // MARK: One input each

  /// Whoever has keys and sudo today; else root's keys, for a new account. Whether sshd lets root in by them is not asked.
  private func people() -> Guess {
    var values: [String] = []
    for name in administrators { values += (keys[name] ?? []).filter(isKey).map { "\(name) \($0)" } }
    if !values.isEmpty { return Guess(values: values, remark: "These have sudo and a key today.") }
    let members = (accounts?.groups["sudo"] ?? []).filter { $0 != "root" }.sorted()
    let name = members.first ?? accounts?.users.values.filter(Self.isPerson).map(\.name).sorted().first ?? "deploy"
    values = (keys["root"] ?? []).filter(isKey).map { "\(name) \($0)" }
    if !values.isEmpty {
      return Guess(values: values, remark: "The keys in root's authorized_keys, for the account \(name).")
    }
    let why = isBlind ? "Who has a key today could not be read." : "Neither root nor an administrator has a key today."
    return Guess(suggestions: ["\(name) @~/.ssh/id_ed25519.pub"], remark: "\(why) Put your own public key here.")
  }

  private func domain() -> Guess {
    guard let name = facts?.hostName, (try? SiteName(text: name)) != nil else {
      return Guess(remark: "The machine's own name (\(facts?.hostName ?? "unknown")) does not tell it.")
    }
    return Guess(values: [name], remark: "The machine is called that.")
  }

  private func aliases() -> Guess {
    guard let name = facts?.hostName, (try? SiteName(text: name)) != nil, !name.hasPrefix("www.") else {
      return Guess()
    }
    return Guess(suggestions: ["www.\(name)"])
  }

  private func sshPort() -> Guess {
    let ports = Set(listeners.filter(isSSHD).map(\.port)).sorted()
    guard !ports.isEmpty else { return Guess() }
    return Guess(
      suggestions: ports.prefix(1).map { "\($0)" },
      remark: "sshd listens on \(ports.map(String.init).joined(separator: " and ")) today.")
  }

  /// What ufw lets in today stays open; what only listens is for the owner to decide.
  private func openPorts() -> Guess {
    let own: Set<UInt16> = Set(listeners.filter(isSSHD).map(\.port)).union([22, 80, 443])
    var suggestions: [String] = []
    for listener in listeners.sorted(by: { ($0.port, $0.transport) < ($1.port, $1.transport) })
    where !own.contains(listener.port) && !NetworkAddress.isLoopback(listener.address) {
      let process = listener.process.isEmpty ? "" : " # \(listener.process)"
      let line = "\(listener.port)/\(listener.transport)\(process)"
      if !suggestions.contains(line) { suggestions.append(line) }
    }
    let open = allowedPorts(but: own)
    let allowed = Set(open.map { String($0.prefix { $0 != " " }) })
    suggestions.removeAll { allowed.contains(String($0.prefix { $0 != " " })) }
    var remarks: [String] = []
    if !open.isEmpty { remarks.append("ufw lets these in today.") }
    if !suggestions.isEmpty {
      remarks.append(
        "Something listens on what stands behind a # here; the firewall shuts it. Take the # away from what others need."
      )
    }
    return Guess(
      values: open, suggestions: suggestions,
      remark: remarks.isEmpty ? nil : remarks.joined(separator: " "))
  }

  /// The ports that ufw's own rules let in: `allow tcp 5432 0.0.0.0/0 any 203.0.113.0/24 in`.
  private func allowedPorts(but own: Set<UInt16>) -> [String] {
    var open: [String] = []
    for rule in (ufw?.rules ?? []) + (ufw?.rules6 ?? []) {
      let words = rule.split(separator: " ").map(String.init)
      guard words.count >= 7, ["allow", "limit"].contains(words[0]), words[4] == "any", words[6] == "in" else {
        continue
      }
      let isAnybody = words[5] == "0.0.0.0/0" || words[5] == "::/0"
      for port in words[2].split(separator: ",") where !(UInt16(port).map(own.contains) ?? false) {
        let ports = String(port.map { $0 == ":" ? "-" : $0 }) + (words[1] == "any" ? "" : "/\(words[1])")
        let text = ports + (isAnybody ? "" : " from \(words[5])") + (words[0] == "limit" ? " limit" : "")
        if (try? FirewallRule(text: text)) != nil, !open.contains(text) { open.append(text) }
      }
    }
    return open
  }

  private func current(_ value: String?, _ remark: String) -> Guess {
    guard let value, !value.isEmpty else { return Guess() }
    return Guess(suggestions: [value], remark: remark)
  }

  // MARK: Looking

  private static func inquiries(_ probes: [Probe]) -> Set<Inquiry> { Set(probes.map { Inquiry($0) }) }

  /// An account that somebody logs in with: Debian gives them ids from 1000 on (`adduser.conf`).
  private static func isPerson(_ account: Account) -> Bool {
    guard let uid = account.uid, (1000..<60000).contains(uid) else { return false }
    return !account.shell.hasSuffix("/nologin") && !account.shell.hasSuffix("/false")
  }

  private func isSSHD(_ listener: Listener) -> Bool {
    listener.process == "sshd" || listener.process == "systemd" && listener.port == 22
  }

  private func isKey(_ line: String) -> Bool { (try? PublicKey(line: line)) != nil }
}
