import HostState
import Resources

/// Why a keyword of sshd has its value: for one account, from one address.
package struct WhySSHD: WhyQuestion {
  let keyword: String
  let user: String?

  /// - Parameter user: the account; nil for whoever asks.
  package init(keyword: String, user: String? = nil) { (self.keyword, self.user) = (keyword, user) }

  private static let dropIns: Path = "/etc/ssh/sshd_config.d"
  private static let serviceDefaults: Path = "/etc/default/ssh"

  package func probes(given known: Observations) -> Set<Probe> {
    guard let inquest = SSHDInquest(known) else { return SSHDInquest.groundwork }
    var probes = inquest.probes.filter { probe in
      guard case .output(let question) = probe else { return true }
      return question.command.executable == "/usr/bin/systemctl"
    }
    probes.formUnion([.names(directory: Self.dropIns), .contents(path: Self.serviceDefaults)])
    probes.formUnion(inquest.files.missing)
    for path in idleFiles(inquest, known) { probes.insert(.contents(path: path)) }
    guard inquest.files.missing.isEmpty else { return probes }
    probes.insert(.output(question: inquest.question(connection(inquest, known))))
    for path in loaded(inquest) { probes.insert(.stale(unit: "ssh.service", paths: [path])) }
    return probes
  }

  package func answer(given host: Observations) throws(Diagnostic) -> WhyAnswer {
    guard let inquest = SSHDInquest(host) else { throw .bug("sshd was not looked at.") }
    guard try host.hasPackage("openssh-server") else { throw .notInstalled() }
    let connection = connection(inquest, host)
    let from = connection.address == SSHConnection.unknownAddress ? "an address that is not known" : connection.address
    var answer = WhyAnswer(key: "sshd.\(keyword)", circumstance: "for \(connection.user) from \(from)")
    let question = inquest.question(connection)
    let result = try host.output(question).value
    let effective = result.flatMap(SSHDEffective.of)
    let isRoot = try host.operator().value?.isRoot ?? false
    if let effective {
      answer.value = effective[keyword]
    } else if isRoot {
      throw .refused(question.command, result)
    } else {
      answer.unread.append(
        "sshd tells root alone what is in force, so the value is what its files say; how the daemon was started is not "
          + "known either")
    }
    decide(&answer, inquest, connection, isAsked: effective != nil, host)
    for path in inquest.files.unreadable { answer.unread.append("\(path): its lines are missing here") }
    answer.notes += try daemonNotes(inquest, host)
    if let effective { answer.notes += passwordNotes(effective) }
    if inquest.files.lines.contains(where: { $0.keyword == keyword.lowercased() && !$0.conditions.isEmpty }) {
      answer.notes.append("Other accounts and addresses may have another value: --user NAME, --from ADDRESS.")
    }
    return answer
  }

  private func connection(_ inquest: SSHDInquest, _ known: Observations) -> SSHConnection {
    let visitor = (try? known.operator())?.value
    return inquest.connection(user ?? visitor?.login ?? visitor?.user ?? "root")
  }

  /// Drop-ins that lie where they would be read, if an `Include` named them.
  private func idleFiles(_ inquest: SSHDInquest, _ known: Observations) -> [Path] {
    guard case .there(.names(let names))? = known.answer(.names(directory: Self.dropIns)) else { return [] }
    guard inquest.files.missing.isEmpty else { return [] }
    return names.map { Self.dropIns / $0 }.filter {
      $0.name.hasSuffix(".conf") && !inquest.files.files.contains($0) && !inquest.files.unreadable.contains($0)
    }
  }

  // MARK: Lines

  private func decide(
    _ answer: inout WhyAnswer, _ inquest: SSHDInquest, _ connection: SSHConnection, isAsked: Bool, _ host: Observations
  ) {
    let isAdditive = SSHDKeywords.additive.contains(keyword.lowercased())
    let lines = inquest.files.lines.filter { $0.keyword == keyword.lowercased() }
    let options = commandLine(inquest, host)
    answer.decidedBy = isAdditive ? options : Array(options.prefix(1))
    answer.others = isAdditive ? [] : options.dropFirst().map { with("an earlier option goes before it", $0) }
    let decider =
      answer.value.flatMap { inquest.files.line(deciding: keyword, value: $0, for: connection) }
      ?? lines.first { holds($0, connection) == true && !$0.conditions.isEmpty }
      ?? lines.first { $0.conditions.isEmpty }
    let isMatched = decider.map { !$0.conditions.isEmpty } ?? false
    if !isAsked { answer.value = answer.decidedBy.first?.value ?? decider?.value }
    for line in lines {
      let shown = WhyAnswer.Line(place: line.place, value: line.value)
      let verdict = holds(line, connection)
      if isAdditive, verdict == true, options.isEmpty || !["port", "listenaddress"].contains(line.keyword) {
        answer.decidedBy.append(with(line.conditions.isEmpty ? "all such lines add up" : match(line), shown))
      } else if options.isEmpty, line == decider, verdict != false {
        answer.decidedBy.append(with(line.conditions.isEmpty ? nil : match(line), shown))
      } else {
        answer.others.append(
          with(remark(line, verdict, connection, isMatched: isMatched, hasOptions: !options.isEmpty), shown))
      }
    }
    for path in idleFiles(inquest, host) {
      for line in SSHDConfigFiles(main: path, known: host).lines where line.keyword == keyword.lowercased() {
        answer.others.append(
          WhyAnswer.Line(place: line.place, value: line.value, remark: "never read: no Include names this file"))
      }
    }
    if answer.decidedBy.isEmpty, !isAsked, !inquest.files.unreadable.isEmpty {
      answer.notes.append("Whether a line sets it is not known: not all files could be read.")
    } else if answer.decidedBy.isEmpty {
      let which = answer.others.isEmpty ? "No line sets it" : "No line that counts here sets it"
      answer.notes.append("\(which): this is sshd's own default.")
    }
  }

  private func with(_ remark: String?, _ line: WhyAnswer.Line) -> WhyAnswer.Line {
    var line = line
    line.remark = remark
    return line
  }

  private func match(_ line: SSHDConfigLine) -> String {
    line.conditions.map { "Match \($0)" }.joined(separator: ", ")
  }

  /// Whether the conditions that a line stands under hold; nil where only sshd can say.
  private func holds(_ line: SSHDConfigLine, _ connection: SSHConnection) -> Bool? {
    let verdicts = line.conditions.map { SSHDMatch.holds($0, for: connection) }
    if verdicts.contains(false) { return false }
    return verdicts.contains(nil) ? nil : true
  }

  private func remark(
    _ line: SSHDConfigLine, _ verdict: Bool?, _ connection: SSHConnection, isMatched: Bool, hasOptions: Bool
  ) -> String {
    if !line.conditions.isEmpty {
      switch verdict {
      case false?: return "\(match(line)): not for \(connection.user) from \(connection.address)"
      case nil: return "\(match(line)): whether that holds, sshd alone can say"
      case true?:
        return hasOptions ? "\(match(line)): the command line goes before it" : "an earlier Match goes before it"
      }
    }
    if hasOptions { return "the command line goes before it" }
    return isMatched ? "a line within Match goes before it" : "read later: the first value counts"
  }

  /// What the daemon's own options set: they go before every file.
  private func commandLine(_ inquest: SSHDInquest, _ host: Observations) -> [WhyAnswer.Line] {
    var found: [WhyAnswer.Line] = []
    for (flag, value) in zip(inquest.arguments, inquest.arguments.dropFirst()) {
      if flag == "-p", keyword == "Port" { found.append(option("-p", value, value, host)) }
      guard flag == "-o" else { continue }
      let words = value.split(maxSplits: 1) { $0 == "=" || $0 == " " }.map(String.init)
      guard words.count == 2, words[0].lowercased() == keyword.lowercased() else { continue }
      found.append(option("-o", value, words[1], host))
    }
    return found
  }

  private func option(_ flag: String, _ word: String, _ value: String, _ host: Observations) -> WhyAnswer.Line {
    let text = (try? host.contents(Self.serviceDefaults))?.value ?? ""
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let number = lines.firstIndex { $0.hasPrefix("SSHD_OPTS=") && $0.contains(word) }
    return WhyAnswer.Line(
      place: number.map { "\(Self.serviceDefaults):\($0 + 1)" } ?? "the daemon's command line", value: value,
      remark: "the daemon was started with \(flag) \(word), which goes before every file")
  }

  // MARK: The daemon against the disk

  private func loaded(_ inquest: SSHDInquest) -> [Path] {
    inquest.files.files + inquest.files.listed.filter { $0 != "/etc/ssh" } + [Self.serviceDefaults]
  }

  private func daemonNotes(_ inquest: SSHDInquest, _ host: Observations) throws(Diagnostic) -> [String] {
    var newer: [Path] = []
    for path in loaded(inquest) where try host.isStale("ssh.service", [path]) == .there(value: true) {
      newer.append(path)
    }
    guard let first = loaded(inquest).first, try host.isStale("ssh.service", [first]) != .absent else {
      return ["No sshd runs: this is what one would do that starts now."]
    }
    // A directory is as new as the newest of its files.
    let named = newer.filter { path in !newer.contains { $0 != path && $0.isWithin(path) } }
    guard !named.isEmpty else { return ["The daemon runs with what is on disk."] }
    var notes = [
      "Newer than what the daemon has loaded: \(listed(named.map(\.text))). Until systemctl reload ssh, it may still go "
        + "by what was there before."
    ]
    if named.contains(Self.serviceDefaults) {
      notes.append("A change of \(Self.serviceDefaults) takes a restart.")
    }
    return notes
  }

  private func passwordNotes(_ effective: SSHDEffective) -> [String] {
    guard keyword == "PasswordAuthentication", effective[keyword] == "no",
      effective["KbdInteractiveAuthentication"] == "yes", effective["UsePAM"] == "yes"
    else { return [] }
    return [
      "Passwords are taken all the same: KbdInteractiveAuthentication is yes, and with UsePAM it asks for the password."
    ]
  }
}

extension Diagnostic {
  fileprivate static func notInstalled() -> Diagnostic {
    Diagnostic("No sshd", detail: "The package openssh-server is not installed here, so no keyword of it is in force.")
  }

  fileprivate static func refused(_ command: Command, _ result: CommandResult?) -> Diagnostic {
    Diagnostic(
      "Configuration refused",
      detail: "sshd does not accept its own configuration, so nothing can be said to be in force. The daemon that runs "
        + "goes on with what it has loaded, and a restart would end it.",
      fix: "sudo sshd -t",
      command: result.map { FailedCommand(command, $0) })
  }
}
