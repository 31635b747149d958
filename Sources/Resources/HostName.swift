/// The host's name, now and after a reboot.
///
///     HostName("web1.example.org")
///
/// `/etc/hosts` gets the name where no line has it: a host that cannot resolve itself makes sudo and Apache wait for
/// DNS. Nothing else in that file is touched.
public struct HostName: Resource {
  let name: String

  public init(_ name: String) { self.name = name }

  public var address: String { "host-name" }

  public static var examples: [HostName] { [HostName("web1"), HostName("web1.example.org"), HostName("box")] }

  private static let file: Path = "/etc/hostname"
  private static let hosts: Path = "/etc/hosts"
  private static let cloud: Path = "/etc/cloud/cloud.cfg.d"
  private static let keep: Path = "/etc/cloud/cloud.cfg.d/99-harden-hostname.cfg"

  public func probes(given known: Observations) -> Set<Probe> {
    ownedFileProbes(Self.file).union(ownedFileProbes(Self.keep))
      .union([.host, .file(path: Self.hosts), .contents(path: Self.hosts)])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard Self.isName(name) else { throw .notAHostName(name) }
    let facts = try host.host().known("the host's name")
    var proposal = Proposal()
    let file = try ownedFile(Self.file, contents: name + "\n", mode: 0o644, subject: Self.file.text, on: host)
    try resolve(&proposal, on: host)  // First: sudo must not stumble in between.
    proposal.steps += file.steps
    if facts?.hostName != name || !file.steps.isEmpty {
      proposal.changes.insert(Change("host name", from: facts?.hostName, to: name), at: 0)
      if facts?.hostName == name {
        proposal.changes[0] = Change("host name", Self.file.text, from: "another", to: name)
      }
    }
    if var facts, facts.hostName != name {
      facts.hostName = name
      proposal.steps.append(
        Step(
          .run(command: Command("/usr/bin/hostname", ["-F", Self.file.text])),
          effects: [.answers(probe: .host, answer: .there(value: .host(facts)))],
          footprint: Footprint(paths: [Self.file]), title: "set the host name"))
    }
    // cloud-init sets the provider's name again at each boot unless it is told not to.
    if try host.file(Self.cloud).value?.kind == .directory {
      let keep = try ownedFile(
        Self.keep, contents: "preserve_hostname: true\n", mode: 0o644, subject: Self.keep.text, on: host)
      proposal.changes += keep.changes
      proposal.steps += keep.steps
    }
    return proposal
  }

  /// Puts the name on the line of 127.0.1.1 (Debian Reference §5.1.1), or makes that line.
  private func resolve(_ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    let status = try host.file(Self.hosts).known(Self.hosts.text)
    let text = try host.contents(Self.hosts).known(Self.hosts.text) ?? ""
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func words(_ line: String) -> [Substring] {
      line.prefix { $0 != "#" }.split(whereSeparator: { $0 == " " || $0 == "\t" })
    }
    if lines.contains(where: { words($0).dropFirst().contains(Substring(name)) }) { return }
    let short = String(name.prefix { $0 != "." })
    let names = short == name ? name : "\(name) \(short)"
    var before: String?
    if let index = lines.firstIndex(where: { words($0).first == "127.0.1.1" }) {
      before = lines[index]
      let others = words(lines[index]).dropFirst().filter { !names.split(separator: " ").contains($0) }
      lines[index] = (["127.0.1.1", Substring(names)] + others).joined(separator: " ")
    } else {
      let index = lines.firstIndex { words($0).first == "127.0.0.1" }.map { $0 + 1 } ?? 0
      lines.insert("127.0.1.1 \(names)", at: index)
      if lines.count == 1 { lines.append("") }
    }
    let after = lines.first { words($0).first == "127.0.1.1" }
    proposal.changes.append(Change(Self.hosts.text, "127.0.1.1", from: before, to: after))
    proposal.steps.append(
      Step(
        .write(
          path: Self.hosts, contents: lines.joined(separator: "\n"), mode: status?.mode ?? 0o644,
          owner: status?.owner ?? .root, check: nil)))
    if text.contains("manage_etc_hosts") {
      proposal.notes.append("cloud-init may write \(Self.hosts) again at boot (manage_etc_hosts in the file says so)")
    }
  }

  /// RFC 1123 §2.1, and at most the 64 bytes that Linux keeps (gethostname(2)).
  static func isName(_ name: String) -> Bool {
    guard (1...64).contains(name.utf8.count) else { return false }
    return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      let bytes = Array(label.utf8)
      guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
        return false
      }
      return bytes.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
    }
  }
}

extension Diagnostic {
  fileprivate static func notAHostName(_ name: String) -> Diagnostic {
    Diagnostic(
      "Not a host name",
      detail: "“\(name)” cannot name a host: labels of letters, digits and inner hyphens, joined by dots, at most 64 "
        + "characters in all.")
  }
}
