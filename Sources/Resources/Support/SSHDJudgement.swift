extension SSHDInquest {
  /// What sshd says of one connection.
  struct Judged {
    let connection: SSHConnection
    let effective: SSHDEffective
  }

  /// A setting that is not in force for somebody.
  struct Difference {
    let setting: SSHDSetting
    var change: Change
    /// The line that decides today; nil for sshd's own default or an option of the daemon's command line.
    let line: SSHDConfigLine?

    /// Somebody's own `Match` block that decides no login: told, and left alone.
    var isException: Bool { !setting.decidesLogin && line?.conditions.isEmpty == false }

    var note: String {
      "\(change.property) is “\(change.before ?? "")”, not “\(setting.value)”, \(change.decidedBy ?? ""); "
        + "it decides no login and is left as it is."
    }
  }

  /// - Throws: a `Diagnostic` when sshd refuses its own configuration.
  func answers(_ host: Observations) throws(Diagnostic) -> [Judged] {
    guard try host.hasPackage("openssh-server"), files.missing.isEmpty else { return [] }
    var judged: [Judged] = []
    for connection in connections {
      let question = question(connection)
      let answer = try host.output(question)
      if answer == .moved || answer == .absent { return [] }
      guard let result = try answer.known(question.command.description) else { return [] }
      guard let effective = SSHDEffective.of(result) else {
        throw try host.operator().value?.isRoot == false
          ? .needsRoot
          : refusal(
            question.command, result, isPlanned: !host.inquiry(for: .output(question: question)).overlay.isEmpty)
      }
      judged.append(Judged(connection: connection, effective: effective))
    }
    return judged
  }

  /// Key exchanges that the installed OpenSSH knows, nil where it cannot be asked yet.
  func exchanges(_ host: Observations) throws(Diagnostic) -> Set<String>? {
    guard try host.hasPackage("openssh-server"), files.missing.isEmpty else { return nil }
    guard let result = try host.output(Self.knownExchanges).value, result.status == 0 else { return nil }
    return Set(result.output.split(whereSeparator: \.isNewline).map(String.init))
  }

  /// What differs, once for everybody where everybody has the same value.
  func differences(from wanted: [SSHDSetting], in answers: [Judged]) -> [Difference] {
    var differences: [Difference] = []
    for setting in wanted {
      let unmet = answers.filter { !setting.isMet(by: $0.effective) }
      let values = Set(unmet.map { $0.effective[setting.keyword] })
      if unmet.count == answers.count, values.count == 1, let first = unmet.first {
        var joined = difference(setting, first, for: nil)
        // Everybody has it, but not all by the same line: a Match says again what holds anyway.
        let places = unmet.compactMap { difference(setting, $0, for: nil).change.decidedBy }
        for place in places where joined.change.decidedBy?.contains(place) == false {
          joined.change.decidedBy? += ", " + place.replacing("set by ", with: "", maxReplacements: 1)
        }
        differences.append(joined)
      } else {
        differences += unmet.map { difference(setting, $0, for: $0.connection.user) }
      }
    }
    return differences
  }

  /// Lists of who is admitted that the recipe does not set, once each: they decide who gets in, too.
  func admissions(_ answers: [Judged], unless isSet: Bool) -> [String] {
    var notes: [String] = []
    for keyword in ["AllowUsers", "AllowGroups", "DenyUsers", "DenyGroups"] where !(isSet && keyword == "AllowUsers") {
      for judged in answers {
        guard let found = judged.effective[keyword] else { continue }
        let places = Set(files.lines.filter { $0.keyword == keyword.lowercased() && !$0.isHardens }.map(\.place))
          .sorted()
        guard !places.isEmpty else { continue }
        let note = "\(keyword) \(found) is in force, set by \(places.joined(separator: ", "))"
        if !notes.contains(note) { notes.append(note) }
      }
    }
    return notes
  }

  private func difference(_ setting: SSHDSetting, _ judged: Judged, for user: String?) -> Difference {
    let found = judged.effective[setting.keyword]
    let option = arguments.first { argument in
      SSHDConfigFiles.words(argument).first?.lowercased() == setting.keyword.lowercased()
    }
    var line = found.flatMap { files.line(deciding: setting.keyword, value: $0, for: judged.connection) }
    var decidedBy = line.map { "set by \($0.place)" }
    if let condition = line?.conditions.last { decidedBy = decidedBy.map { "\($0) (Match \(condition))" } }
    if let option, line?.conditions.isEmpty != false {
      line = nil
      decidedBy = "set by -o \(option) on the daemon's command line"
    }
    let concernsAccess = setting.decidesLogin || ["Port", "HostKey"].contains(setting.keyword)
    let loosens = found.map(setting.loosens) ?? false
    let (before, after) = setting.words(found)
    return Difference(
      setting: setting,
      change: Change(
        "sshd", user.map { "\(setting.keyword) for \($0)" } ?? setting.keyword, from: before, to: after,
        decidedBy: decidedBy, risk: concernsAccess ? (loosens ? .opens : .closes) : .none,
        warning: setting.keyword == "HostKey"
          ? "clients that know only a key that goes will warn of another host"
          : loosens ? setting.warningOfLoosening(concernsAccess: concernsAccess) : nil),
      line: line)
  }

  /// Why the drop-in does not do it, although it is in place.
  func defeat(_ difference: Difference) -> Diagnostic {
    let found = difference.change.before ?? "none"
    if !files.lines.contains(where: \.isHardens) { return .noInclude(SSHDListener.mainFile(arguments)) }
    let keyword = difference.setting.keyword
    let others = files.lines.filter { $0.keyword == keyword.lowercased() && !$0.isHardens }
    if difference.setting.accumulates, let extra = others.first(where: { !isOurs($0, difference.setting) }) {
      return .addsUp(keyword, wanted: difference.setting.value, extra)
    }
    if let flag = arguments.firstIndex(of: "-p"), keyword == "Port", flag + 1 < arguments.count {
      return .commandLine(keyword, "-p \(arguments[flag + 1])", wanted: difference.setting.value, defaultsLine)
    }
    if let line = difference.line, !line.isHardens {
      return .defeated(keyword, found: found, wanted: difference.setting.value, by: line)
    }
    let option = arguments.first { SSHDConfigFiles.words($0).first?.lowercased() == keyword.lowercased() }
    return .commandLine(
      keyword, option.map { "-o \($0)" } ?? "an option", wanted: difference.setting.value, defaultsLine)
  }

  func defeat(_ setting: SSHDSetting, by line: SSHDConfigLine) -> Diagnostic {
    .defeated(setting.keyword, found: line.value, wanted: setting.value, by: line)
  }

  /// A line under `Match` that is read before the drop-in and decides a login otherwise, whomever it is for.
  func matchBefore(_ wanted: [SSHDSetting]) -> (setting: SSHDSetting, line: SSHDConfigLine)? {
    for line in files.lines.prefix(while: { !$0.isHardens }) where !line.conditions.isEmpty {
      let setting = wanted.first { $0.decidesLogin && $0.keyword.lowercased() == line.keyword }
      guard let setting, SSHDEffective.canonical(line.value) != setting.value.lowercased() else { continue }
      return (setting, line)
    }
    return nil
  }

  private func isOurs(_ line: SSHDConfigLine, _ setting: SSHDSetting) -> Bool {
    line.arguments.allSatisfy(setting.values.contains)
  }

  private var defaultsLine: String { Self.serviceDefaults.text }
}

extension Array {
  /// Those that the test names, and the rest.
  func parted(by test: (Element) -> Bool) -> (named: [Element], rest: [Element]) {
    (filter(test), filter { !test($0) })
  }
}

extension SSHDEffective {
  /// A value in the words of sshd_config(5).
  static func shown(_ value: String) -> String { value == "without-password" ? "prohibit-password" : value }
}

extension Diagnostic {
  fileprivate static var needsRoot: Diagnostic {
    Diagnostic(
      "Not readable",
      detail: "What sshd has in force can only be asked as root: it reads its host keys for that.",
      fix: "Run harden as root.", address: "sshd", kind: .unreadable)
  }

  fileprivate static func noInclude(_ main: Path) -> Diagnostic {
    Diagnostic(
      "Drop-ins are not read",
      detail:
        "\(main) does not include /etc/ssh/sshd_config.d/*.conf, so sshd would never see what harden writes there.",
      fix: "sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' \(Command.quoted(main.text))", address: "sshd")
  }

  fileprivate static func addsUp(_ keyword: String, wanted: String, _ line: SSHDConfigLine) -> Diagnostic {
    Diagnostic(
      "Setting adds up",
      detail:
        "\(line.place) says “\(keyword) \(line.value)”. Values of \(keyword) add up over all files, so no drop-in "
        + "can take this one back, and “\(wanted)” alone would not be in force.",
      fix: line.commentingOut, address: "sshd")
  }

  fileprivate static func defeated(
    _ keyword: String, found: String, wanted: String, by line: SSHDConfigLine
  ) -> Diagnostic {
    let condition = line.conditions.last.map { " under “Match \($0)”" } ?? ""
    // servconf.c takes this one keyword as it comes, up to OpenSSH 10.0 at least.
    let isLast = keyword.lowercased() == "maxstartups" && line.conditions.isEmpty
    return Diagnostic(
      "Setting would not be in force",
      detail: "\(line.place) sets \(keyword) to “\(found)”\(condition), and sshd reads it "
        + (isLast
          ? "after harden's drop-in. Of this keyword the last value wins"
          : "before harden's drop-in. The first value wins")
        + ", so “\(wanted)” would be written but not be in force.",
      fix: line.commentingOut, address: "sshd")
  }

  fileprivate static func commandLine(
    _ keyword: String, _ option: String, wanted: String, _ file: String
  ) -> Diagnostic {
    Diagnostic(
      "Setting would not be in force",
      detail: "The daemon was started with \(option), which beats every file: “\(keyword) \(wanted)” would be written "
        + "but not be in force. Such options come from SSHD_OPTS in \(file) or from ExecStart= of ssh.service.",
      fix: "grep SSHD_OPTS \(file); systemctl cat ssh.service", address: "sshd")
  }
}
