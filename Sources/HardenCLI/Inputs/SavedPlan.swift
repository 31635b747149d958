import Foundation
import HostAccess
import HostState
import Planning

/// A plan in a file, with every fact that it rests on: it is applied as it was shown, or not at all.
///
/// The first line is a head with a seal over all the rest. The seal's key comes from this host's own SSH host keys, so a
/// plan of another host, or one that somebody changed, does not open.
struct SavedPlan: Codable, Sendable {
  static let format = 1

  struct Fact: Codable, Sendable {
    let inquiry: Inquiry
    let answer: Answer<HostState.Fact>
  }

  /// Of harden: another one may plan otherwise.
  let version: String
  let recipe: String
  let inputs: [String: [String]]
  let facts: [Fact]
  let steps: [PlannedStep]

  /// Which facts count: who asks, and from where, may be somebody else, and a login mounts something. What either means
  /// for the way in is looked at anew.
  init(_ plan: Plan, of choice: RecipeChoice, knowing known: Observations) {
    version = HardenTool.version
    (recipe, inputs, steps) = (choice.name, choice.inputs, plan.steps)
    facts = known.known
      .filter { $0.key.probe != .operator && !BootMounts.isOfTheMoment($0.key.probe) }
      .map { Fact(inquiry: $0.key, answer: $0.value) }
  }

  private struct Head: Codable {
    let hardenPlan: Int
    let seal: String
  }

  /// An older plan may be replaced, and nothing else.
  ///
  /// - Throws: a `Diagnostic` where another file is there, it cannot be written, or this host has no key to seal with.
  func write(to file: String, sealing seal: Seal? = nil) throws(Diagnostic) {
    let body = try JSONText.compact(self)
    let seal = if let seal { seal } else { try Seal.ofThisHost() }
    let head = try JSONText.compact(Head(hardenPlan: Self.format, seal: seal(body)))
    let old = UserFiles.isStream(file) ? nil : try? UserFiles.text(of: file, limit: 64 << 20)
    try UserFiles.write(head + body, to: file, mode: 0o600, replacing: old?.hasPrefix("{\"hardenPlan\":") ?? false)
  }

  /// - Throws: a `Diagnostic` where there is no such file, or it is not as this host's harden wrote it.
  static func read(_ file: String, sealing seal: Seal? = nil) throws(Diagnostic) -> SavedPlan {
    guard let text = try UserFiles.text(of: file, limit: 64 << 20) else { throw .noPlan(file) }
    guard let end = text.firstIndex(of: "\n"),
      let head = try? JSONDecoder().decode(Head.self, from: Data(text[..<end].utf8))
    else { throw .notAPlan(file) }
    guard head.hardenPlan <= format else { throw .newerPlan(file, head.hardenPlan) }
    let body = String(text[text.index(after: end)...])
    let seal = if let seal { seal } else { try Seal.ofThisHost() }
    guard seal(body) == head.seal else { throw .brokenSeal(file) }
    guard let plan = try? JSONDecoder().decode(SavedPlan.self, from: Data(body.utf8)) else { throw .notAPlan(file) }
    guard plan.version == HardenTool.version else { throw .otherVersion(file, plan.version) }
    return plan
  }

  /// What is not as it was when the plan was made, in words.
  func moved(on host: any Respondent) -> [String] {
    let answers = host.answers(to: Set(facts.map(\.inquiry)))
    return facts.compactMap { fact in
      guard let now = answers[fact.inquiry], now != fact.answer else { return nil }
      return FactWords.move(of: fact.inquiry, from: fact.answer, to: now)
    }.sorted()
  }
}

/// HMAC-SHA-256 (RFC 2104) with a key that only root of one host has.
struct Seal {
  let key: [UInt8]

  /// - Throws: a `Diagnostic` where there is no host key that can be read.
  static func ofThisHost() throws(Diagnostic) -> Seal {
    for type in ["ed25519", "ecdsa", "rsa"] {
      if let secret = try UserFiles.text(of: "/etc/ssh/ssh_host_\(type)_key") {
        return Seal(key: SHA256.digest(of: Array("harden plan ".utf8) + Array(secret.utf8)))
      }
    }
    throw .noSealKey()
  }

  func callAsFunction(_ text: String) -> String {
    let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
    let inner = SHA256.digest(of: padded.map { $0 ^ 0x36 } + Array(text.utf8))
    return SHA256.hex(padded.map { $0 ^ 0x5C } + inner)
  }
}

extension Diagnostic {
  fileprivate static func noPlan(_ file: String) -> Diagnostic {
    Diagnostic(
      "File not found", detail: "There is neither a recipe “\(file)” nor a file with a saved plan.",
      fix: "harden plan RECIPE --out \(Command.quoted(file))")
  }
  fileprivate static func notAPlan(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not a saved plan", detail: "“\(file)” is not what harden plan --out writes. Nothing was changed.",
      fix: "harden plan RECIPE --out FILE")
  }
  fileprivate static func newerPlan(_ file: String, _ format: Int) -> Diagnostic {
    Diagnostic(
      "Plan of a newer harden",
      detail: "“\(file)” has format \(format), and this harden knows formats up to \(SavedPlan.format). "
        + "Nothing was changed.", fix: "Plan again with this harden, or use the newer one.")
  }
  fileprivate static func otherVersion(_ file: String, _ version: String) -> Diagnostic {
    Diagnostic(
      "Plan of another version",
      detail: "“\(file)” was made by harden \(version), and this is \(HardenTool.version), which may plan otherwise. "
        + "Nothing was changed.", fix: "harden plan RECIPE --out FILE")
  }
  fileprivate static func brokenSeal(_ file: String) -> Diagnostic {
    Diagnostic(
      "Seal broken",
      detail: "“\(file)” was changed since it was written, or was made on another host, or this host got new SSH host "
        + "keys. Nothing was changed.", fix: "Plan again, on this host: harden plan RECIPE --out FILE")
  }
  fileprivate static func noSealKey() -> Diagnostic {
    Diagnostic(
      "No key to seal with",
      detail: "A saved plan is sealed with the host's own SSH host key, and /etc/ssh has none.", fix: "ssh-keygen -A")
  }
}
