/// The first half of a move from one way in to another: sshd lets in by both, until the new one is proved.
///
/// A port or an account that takes the place of another is first put beside it, in the drop-in as it is; only then, in
/// steps of their own, does the old one go. So there is no moment at which the old way is shut and the new one untried.
struct SSHDWidening {
  /// All that sshd listens on meanwhile; nil where the port stays.
  let ports: [UInt16]?
  /// All that AllowUsers names meanwhile; nil where nobody takes somebody's place.
  let users: [String]?

  /// Nil where nothing makes room for something else, or sshd does not run.
  init?(to port: UInt16?, _ allowUsers: [String]?, _ inquest: SSHDInquest, _ answers: [SSHDInquest.Judged]) {
    guard let effective = answers.first?.effective, !inquest.ports.isEmpty else { return nil }
    ports = port.flatMap { inquest.ports.contains($0) ? nil : inquest.ports + [$0] }
    let admitted: [String] = (effective.settings["allowusers"] ?? []).flatMap {
      $0.split(separator: " ").map(String.init)
    }
    let new = (allowUsers ?? []).filter { !admitted.contains($0) }
    let leaves = admitted.contains { !(allowUsers ?? []).contains($0) }
    users = leaves && !new.isEmpty ? admitted + new : nil
    if ports == nil && users == nil { return nil }
  }

  /// The drop-in as it is, with room for both.
  func text(from current: String?) -> String {
    let header = "# Made by harden; edits are lost at its next apply. See sshd_config(5).\n"
    var lines: [String] = []
    var namesUsers = false
    for line in (current ?? header).split(separator: "\n", omittingEmptySubsequences: false) {
      let keyword = SSHDConfigFiles.words(String(line)).first?.lowercased()
      if ports != nil, keyword == "port" { continue }
      if let users, keyword == "allowusers" {
        namesUsers = true
        lines.append(line.prefix { $0 == " " } + "AllowUsers " + users.joined(separator: " "))
      } else {
        lines.append(String(line))
      }
    }
    // Ahead of the first Match, so that it holds for everybody.
    let start = lines.firstIndex { !$0.hasPrefix("#") } ?? lines.endIndex
    if let users, !namesUsers { lines.insert("AllowUsers \(users.joined(separator: " "))", at: start) }
    lines.insert(contentsOf: (ports ?? []).map { "Port \($0)" }, at: start)
    return lines.joined(separator: "\n")
  }

  /// The values of a setting meanwhile: `22 and 2222`; nil where it is not widened.
  func both(_ keyword: String) -> String? {
    switch keyword {
    case "Port", "ListenStream": ports.map { $0.map { "\($0)" }.joined(separator: " and ") }
    case "AllowUsers": users.map { $0.joined(separator: " and ") }
    default: nil
    }
  }

  /// What is let in meanwhile: `ports 22 and 2222`.
  var words: String { ["Port", "AllowUsers"].compactMap(both).joined(separator: ", ") }
}

extension SSHDaemon {
  /// The steps that put the new way in beside the old one.
  func widen(_ widening: SSHDWidening, _ inquest: SSHDInquest, on host: Observations) throws(Diagnostic) -> [Step] {
    let text = widening.text(from: try host.contents(Self.dropIn).known(Self.dropIn.text))
    var steps = [
      Step(
        .write(path: Self.dropIn, contents: text, mode: 0o600, owner: .root, check: Self.check), risk: .opens,
        requires: [.package("openssh-server")], title: "let sshd take both: \(widening.words)")
    ]
    if inquest.socketIsActive, let ports = widening.ports {
      steps += try socketSteps(to: ports, risk: .opens, inquest, on: host)
    }
    guard try host.unit("ssh.service").value?.isActive == true else { return steps }
    let ports = widening.ports ?? inquest.ports
    steps.append(
      Step(
        .reload(unit: "ssh.service", restart: inquest.socketIsActive, check: Self.check, listening: ports),
        risk: .opens, requires: [.package("openssh-server"), .path(Self.dropIn)],
        effects: inquest.socketIsActive ? [] : inquest.moving(to: ports)))
    return steps
  }
}
