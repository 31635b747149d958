import HostState

/// A connection that is made in network namespaces of its own, under the host's rules, to hear the kernel's own verdict.
///
/// Two namespaces are joined by a pair of virtual interfaces, one with the name and address of the host's real one, the
/// other with the visitor's address. The rules are loaded into the first, and nft(8)'s trace tells which of them the
/// first packet of a connection met. The host's own namespace, its rules and its daemons are not touched; the namespaces
/// and the files in them end with the process.
package struct PacketRehearsal: Sendable {
  /// What the kernel did.
  package enum Outcome: Hashable, Sendable {
    case letIn(by: String)
    case dropped(by: String)
    /// Neither dropped nor at an end that is known: sent on to another host or a container.
    case elsewhere
    /// It could not be tried; says why.
    case impossible(why: String)
  }
  let filter: PacketFilter
  let port: UInt16
  let source: String

  package init(_ filter: PacketFilter, port: UInt16, from source: String) {
    (self.filter, self.port, self.source) = (filter, port, source)
  }

  /// Seconds that it may take; it takes about one.
  private static let timeLimit = 20

  package func run() -> Outcome {
    let tables = filter.otherTables.map { "table \($0)" }
    guard !filter.otherTables.contains(where: { $0.contains(" legacy\n") }) else {
      return .impossible(why: "there are tables of the old kernel interface")
    }
    let input = (["%%4"] + filter.ipv4 + ["%%6"] + filter.ipv6 + ["%%n"] + tables).joined(separator: "\n") + "\n"
    let command = Command(
      "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", Self.script, "sh", source, "\(port)"], input: input,
      timeLimit: Self.timeLimit)
    switch ProcessRunner().run(command) {
    case .finished(let result) where result.status == 0: return Self.outcome(ofTrace: result.output)
    case .finished(let result):
      let last = result.errors.split(separator: "\n").last.map(String.init) ?? "exit code \(result.status)"
      return .impossible(why: "no namespaces can be made (\(last))")
    case .noProgram: return .impossible(why: "unshare is not installed")
    case .outOfTime: return .impossible(why: "it took longer than \(Self.timeLimit) seconds")
    case .tooMuchOutput, .notStarted: return .impossible(why: "it could not be started")
    }
  }

  /// Reads what `nft monitor trace` printed: `trace id 1 ip filter INPUT rule tcp dport 22 accept (verdict accept)`.
  static func outcome(ofTrace trace: String) -> Outcome {
    var acceptedBy = "no rule"
    var isSeen = false
    for line in trace.split(separator: "\n") {
      if line.hasPrefix("obstacle: ") { return .impossible(why: String(line.dropFirst("obstacle: ".count))) }
      let words = line.split(separator: " ")
      // trace id ID FAMILY TABLE CHAIN rule|policy|packet: …
      guard words.count > 7, words[0] == "trace", words[1] == "id" else { continue }
      isSeen = true
      guard words[4] != "harden_trace" else {
        if words[5] == "end" { return .letIn(by: acceptedBy) }
        continue
      }
      let rule = Self.rule(words)
      if line.hasSuffix("(verdict drop)") || words[6] == "policy" && words[7] == "drop" { return .dropped(by: rule) }
      if line.hasSuffix("(verdict accept)") || words[6] == "policy" && words[7] == "accept" { acceptedBy = rule }
    }
    return isSeen ? .elsewhere : .impossible(why: "the kernel traced nothing")
  }

  /// `ip filter ufw-user-input: tcp dport 22 accept`
  private static func rule(_ words: [Substring]) -> String {
    let place = words[3...5].joined(separator: " ")
    guard words[6] == "rule" else { return "\(place): policy \(words[7])" }
    var text = words[7...].prefix { $0 != "(verdict" }.joined(separator: " ")
    text.replace(" counter packets 0 bytes 0", with: "")
    text.replace("counter packets 0 bytes 0 ", with: "")
    return "\(place): \(text)"
  }
}
