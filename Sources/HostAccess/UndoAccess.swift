import Glibc
import HostState

/// What an undo does to the ways into the host, as far as that is known before its first step.
public struct UndoAccess: Hashable, Codable, Sendable {
  /// Ports, accounts and what lets them in, in the words of a plan.
  public var changes: [Change] = []
  /// Sentences on who gets in and is root or becomes it: today, and once all is taken back.
  public var timeline: [String] = []
}

extension UndoAccess {
  /// Nil where nothing is put back that decides who gets in, and where there is no sshd to be asked.
  init?(_ outlook: UndoOutlook?) {
    guard let outlook, access("/usr/sbin/sshd", X_OK) == 0 else { return nil }
    self.init(from: outlook.today, to: outlook.then)
  }

  init(from today: WaysIn, to then: WaysIn) {
    if today.isKnown, then.isKnown {
      changes = Self.ports(today, then) + Self.accounts(today, then)
    }
    timeline = ["Today: \(Self.words(today))", "Once this is taken back: \(Self.words(then))"]
  }

  private static func ports(_ today: WaysIn, _ then: WaysIn) -> [Change] {
    // Where sshd will listen is not known where a socket of somebody's own listens for it.
    guard !today.doors.isEmpty, !then.doors.isEmpty else { return [] }
    var changes: [Change] = []
    for port in Set(today.doors.keys).union(then.doors.keys).sorted() {
      func change(_ old: WaysIn.Door?, _ new: WaysIn.Door?, _ risk: Risk) {
        func words(_ door: WaysIn.Door) -> String { "\(port), \(door.words)" }
        changes.append(Change("sshd", "Port", from: old.map(words), to: new.map(words), risk: risk))
      }
      switch (today.doors[port], then.doors[port]) {
      case (let old?, nil): change(old, nil, old.isShut ? .none : .closes)
      case (nil, let new?): change(nil, new, new.isShut ? .none : .opens)
      case (let old?, let new?) where old != .unknown && new != .unknown && old.isShut != new.isShut:
        change(old, new, new.isShut ? .closes : .opens)
      default: break
      }
    }
    return changes
  }

  /// What lets an account in, and makes it root, before or after alone.
  private static func accounts(_ today: WaysIn, _ then: WaysIn) -> [Change] {
    var changes: [Change] = []
    for name in Set(today.means.keys).union(then.means.keys).sorted() {
      let (old, new) = (today.means[name] ?? .init(), then.means[name] ?? .init())
      func change(_ property: String, _ before: String?, _ after: String?, _ risk: Risk) {
        changes.append(Change("user \(name)", property, from: before, to: after, risk: risk))
      }
      for key in old.keys where !new.keys.contains(key) { change("key", key, nil, .closes) }
      for key in new.keys where !old.keys.contains(key) { change("key", nil, key, .opens) }
      if old.password != new.password {
        func words(_ isTaken: Bool) -> String { isTaken ? "taken by sshd" : "refused by sshd" }
        change("password", words(old.password), words(new.password), new.password ? .opens : .closes)
      }
      if old.sudo != new.sudo {
        let risk: Risk = new.sudo == nil ? .closes : old.sudo == nil ? .opens : .none
        change("sudo", old.sudo ?? "none", new.sudo ?? "none", risk)
      }
    }
    return changes
  }

  /// `deploy, key SHA256:…, with sudo; sshd on port 22, let in by the packet filter.`
  private static func words(_ ways: WaysIn) -> String {
    guard ways.isKnown else { return "who gets in cannot be told, since sshd does not say." }
    guard !ways.accounts.isEmpty else {
      return "nobody over SSH" + (ways.obstacle.map { ": \($0)." } ?? ", neither by a key nor by a password.")
    }
    let names = (ways.masters.isEmpty ? ways.accounts : ways.masters).sorted()
    var text = names.map { name in
      guard let means = ways.means[name], !means.words.isEmpty else { return name }
      return "\(name), \(means.words)"
    }.listed(by: "; ", first: 5)
    if ways.masters.isEmpty { text += "; nobody of them becomes root" }
    let doors = ways.doors.filter { !$0.value.isShut }.sorted { $0.key < $1.key }
    guard !doors.isEmpty else { return text + "." }
    return text + "; sshd on " + doors.map { "port \($0.key), \($0.value.words)" }.joined(separator: " and ") + "."
  }
}

extension [String] {
  fileprivate func listed(by seam: String, first limit: Int) -> String {
    prefix(limit).joined(separator: seam) + (count > limit ? " and \(count - limit) more" : "")
  }
}

extension WaysIn.Means {
  /// `key SHA256:…, password, with sudo`
  fileprivate var words: String {
    var parts = keys.map { "key \($0)" }
    if password { parts.append("password") }
    if sudo != nil { parts.append("with sudo") }
    return parts.joined(separator: ", ")
  }
}

extension WaysIn.Door {
  fileprivate var isShut: Bool {
    if case .shut = self { return true }
    return false
  }

  fileprivate var words: String {
    switch self {
    case .open: "let in by the packet filter"
    case .shut(let rule): "dropped by the packet filter (\(rule))"
    case .unknown: "the packet filter not judged"
    }
  }
}
