extension SSHDInquest {
  /// What is said where sshd takes no configuration, as it is or as it would be.
  func refusal(_ command: Command, _ result: CommandResult, isPlanned: Bool) -> Diagnostic {
    var (detail, fix) = isPlanned ? planned(result.errors) : present(result.errors)
    if let cause = cause(in: result.errors, isPlanned: isPlanned) {
      detail += " " + cause.words
      fix = cause.fix
    }
    return Diagnostic(
      "sshd refuses its configuration", detail: detail, fix: fix, address: "sshd",
      command: .init(
        line: command.description, status: result.status, lastErrors: result.errors.replacing("\r\n", with: "\n")))
  }

  private func planned(_ errors: String) -> (String, fix: String?) {
    let words = "sshd would not accept what lies in /etc/ssh together with what harden would write there."
    return (words + (errors.contains("line ") ? " What it says names the line that does not go with it." : ""), nil)
  }

  private func present(_ errors: String) -> (String, fix: String?) {
    let words =
      "sshd does not accept what lies in /etc/ssh. The daemon that runs lives on with what it loaded, but once it ends "
      + "it does not start again, and nobody gets in."
    guard errors.contains(SSHDaemon.dropIn.text) else { return (words, "sshd -t") }
    return (
      words + " The line is in harden's own file, which apply writes anew where there is none.",
      "mv \(SSHDaemon.dropIn) /root/ && harden apply"
    )
  }

  /// Of what sshd names no line for: auth2.c and sshd.c of OpenSSH.
  private func cause(in errors: String, isPlanned: Bool) -> (words: String, fix: String)? {
    if errors.contains("AuthenticationMethods"), let line = foreign("authenticationmethods") {
      let what = "\(line.place) says “AuthenticationMethods \(line.value)”"
      return (
        isPlanned
          ? "\(what), and with the recipe's settings some of that is turned off. Without that line a login takes a key "
            + "and nothing more; whoever is to keep the second factor has to leave sshd out of the recipe."
          : "\(what), and other lines turn some of that off.", line.commentingOut
      )
    }
    if errors.contains("Invalid key length") {
      let limit = files.lines.first { $0.keyword == "requiredrsasize" }
      let own = limit.map { $0.isHardens ? "RequiredRSASize \($0.value) of the recipe" : "\($0.place)" }
      let named = foreign("hostkey").map { ", and name them where \($0.place) names the one that is too short" } ?? ""
      return (
        "A host key is shorter than \(own ?? "RequiredRSASize of the recipe") allows, and no other is there. Make others"
          + "\(named):", "ssh-keygen -A"
      )
    }
    return nil
  }

  /// The first line of somebody else's that sets a keyword.
  private func foreign(_ keyword: String) -> SSHDConfigLine? {
    files.lines.first { $0.keyword == keyword && !$0.isHardens }
  }
}

extension SSHDConfigLine {
  /// The command that takes it out of force.
  var commentingOut: String { "sed -i '\(number)s/^/#/' \(Command.quoted(file.text))" }
}
