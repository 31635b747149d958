import HostState
import Planning

extension Report {
  /// The plan as the shell lines that a system administrator would type for the same, in the order of doing.
  ///
  /// They are for reading and learning: `apply` does more at each step (it checks the merged configuration first,
  /// writes atomically, keeps an image). The text is valid bash, comments included.
  package static func commands(of plan: Plan) -> String {
    guard !plan.steps.isEmpty else { return "# Nothing to do.\n" }
    let title = "# \(printable(plan.recipe)) on \(hostName(of: plan)): \(counted(plan.steps.count, "step")), as root"
    let listed = Set(plan.sections.flatMap(\.items).filter(\.losesAccessList).map(\.address))
    let blocks = plan.steps.enumerated().map { index, planned in
      [comment(for: planned, number: index + 1)]
        + shellLines(for: planned.step.action, losesAccessList: listed.contains(planned.address))
    }
    return joined([[title]] + blocks)
  }

  private static func comment(for planned: PlannedStep, number: Int) -> String {
    "# \(number). \(label(of: planned))\(planned.step.riskSuffix)"
  }

  private static func shellLines(for action: Action, losesAccessList: Bool) -> [String] {
    switch action {
    case .write(let path, let contents, let mode, let owner, let check):
      writing(contents, to: path, mode: mode, owner: owner) + checking(check)
    case .remove(let path, let check): ["rm -f \(Shell.word(path))"] + checking(check)
    case .makeDirectory(let path, let mode, let owner): ["install -d \(options(mode, owner)) \(Shell.word(path))"]
    case .setMode(let path, let mode): ["chmod \(mode) \(Shell.word(path))"]
    case .setOwner(let path, let owner): ["chown \(Shell.word(owner.description)) \(Shell.word(path))"]
    case .link(let path, let target): ["ln -sfn \(Shell.word(target)) \(Shell.word(path))"]
    case .settleTree(let rule): ShellTree(rule).lines
    case .settleSecrets(let rule): secrets(rule, losesAccessList: losesAccessList)
    case .updatePackageLists: ["apt-get update"]
    case .install(let packages):
      [
        "DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get install -y "
          + "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "
          + packages.map(Shell.word).joined(separator: " ")
      ]
    case .run(let command): Shell.lines(command)
    case .reload(let unit, let restart, let check, let ports): reloading(unit, restart, check, ports)
    case .setUnit(let unit, let enabled, let active): setting(unit, enabled: enabled, active: active)
    case .issueCertificate(let order): Shell.lines(order.issuing)
    case .proveRenewal(let order): Shell.lines(order.trial)
    case .setSysctl(let key, let value): ["sysctl -w \(Shell.word("\(key)=\(value)"))"]
    }
  }

  private static func options(_ mode: FileMode, _ owner: Owner) -> String {
    "-m \(mode) -o \(Shell.word(owner.user)) -g \(Shell.word(owner.group))"
  }

  private static func writing(_ contents: String, to path: Path, mode: FileMode, owner: Owner) -> [String] {
    let install = "install \(options(mode, owner))"
    if contents.isEmpty { return ["\(install) /dev/null \(Shell.word(path))"] }
    // A here-document always ends in a line break, and shows the terminal what is in it.
    guard contents.last == "\n", contents.unicodeScalars.allSatisfy(Shell.isPlain) else {
      return ["printf %s \(Shell.word(contents)) | \(install) /dev/stdin \(Shell.word(path))"]
    }
    let lines = contents.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var marker = "EOF"
    while lines.contains(marker) { marker += "_" }
    return ["\(install) /dev/stdin \(Shell.word(path)) <<'\(marker)'"] + lines + [marker]
  }

  private static func checking(_ check: Command?) -> [String] { check.map(Shell.lines) ?? [] }

  private static func reloading(_ unit: String, _ restart: Bool, _ check: Command?, _ ports: [UInt16]) -> [String] {
    let systemctl = "systemctl \(restart ? "restart" : "reload") \(Shell.word(unit))"
    var lines: [String]
    if let check, check.input == nil {
      lines = [Shell.lines(check).joined(separator: "\n") + " && " + systemctl]
    } else {
      lines = checking(check) + [systemctl]
    }
    if !ports.isEmpty {
      let filter = ports.map { "sport = :\($0)" }.joined(separator: " or ")
      lines.append("ss -Htln \(Shell.word(filter))  # listens again")
    }
    return lines
  }

  private static func setting(_ unit: String, enabled: Bool?, active: Bool?) -> [String] {
    if let enabled, enabled == active ?? !enabled {
      return ["systemctl \(enabled ? "enable" : "disable") --now \(Shell.word(unit))"]
    }
    var lines: [String] = []
    if let enabled { lines.append("systemctl \(enabled ? "enable" : "disable") \(Shell.word(unit))") }
    if let active { lines.append("systemctl \(active ? "start" : "stop") \(Shell.word(unit))") }
    return lines.isEmpty ? [":"] : lines
  }

  /// Values are made on the host by harden itself; a shell line would put them into the history file.
  private static func secrets(_ rule: SecretsRule, losesAccessList: Bool) -> [String] {
    var lines = [
      "# harden fills this JSON file on the host itself; by hand it would be an editor. Keys already there stay."
    ]
    for (key, characters) in rule.generated.sorted(by: { $0.key < $1.key }) {
      lines.append("#   \(printable(key)): made of \(characters) random characters, unless it is there")
    }
    for (key, json) in rule.declared.sorted(by: { $0.key < $1.key }) {
      lines.append("#   \(printable(key)): \(printable(json))")
    }
    let path = Shell.word(rule.path)
    lines.append("[ -e \(path) ] || install \(options(rule.mode, rule.owner)) /dev/null \(path)")
    // First: chmod(1) sets the list's mask where there is one.
    if losesAccessList { lines += [Shell.bringingSetfacl, "setfacl -b \(path)"] }
    lines.append("chown \(Shell.word(rule.owner.description)) \(path) && chmod \(rule.mode) \(path)")
    lines.append("${EDITOR:-nano} \(path)")
    return lines
  }
}

extension PlannedItem {
  /// Whether whoever an access list (acl(5)) names is to read its file no more.
  fileprivate var losesAccessList: Bool { changes.contains { $0.property == Change.accessList && $0.after == "none" } }
}
