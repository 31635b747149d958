import HostState

extension SimulatedHost {
  /// `sudo -n -l -U NAME`: the rules of `/etc/sudoers` and the files beside it that name the account or its groups.
  static func sudo(_ question: Question, _ host: SimulatedHost) -> Answer<CommandResult>? {
    guard question.command.executable == "/usr/bin/sudo", let name = question.command.arguments.last else { return nil }
    guard host.packages["sudo"]?.isInstalled == true else { return .absent }
    guard host.accounts.users[name] != nil else {
      return .there(value: CommandResult(status: 1, output: "", errors: "sudo: unknown user \(name)\n"))
    }
    let subjects = Set([name, "ALL"] + host.accounts.groups(of: name).map { "%\($0)" })
    let rules = host.sudoersLines().compactMap { line -> String? in
      let words = line.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      guard words.count == 2, subjects.contains(words[0]), let equals = words[1].firstIndex(of: "=") else { return nil }
      let rule = words[1][words[1].index(after: equals)...].replacing("ALL:ALL", with: "ALL : ALL")
      return "    " + rule.drop { $0 == " " }
    }
    guard !rules.isEmpty else {
      return .there(value: CommandResult(status: 0, output: "User \(name) is not allowed to run sudo on box.\n"))
    }
    let head = "User \(name) may run the following commands on box:\n"
    return .there(value: CommandResult(status: 0, output: head + rules.joined(separator: "\n") + "\n"))
  }

  private func sudoersLines() -> [String] {
    let folder: Path = "/etc/sudoers.d"
    let main = text(of: "/etc/sudoers") ?? ""
    var texts = [main]
    if main.contains("includedir /etc/sudoers.d") {
      let names = entries.keys.filter { $0.parent == folder && !$0.name.contains(".") }
      texts += names.sorted().map { text(of: $0) ?? "" }
    }
    return texts.flatMap { $0.lines.map(String.init) }.filter { !$0.hasPrefix("#") }
  }
}
