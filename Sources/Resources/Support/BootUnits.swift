/// What is started at the next boot, and may not run now: units that somebody enabled, and other places where people put
/// what is to happen then.
///
/// `systemctl enable` makes links in folders of the targets (systemctl(1)); reading those takes no program.
package struct BootUnits {
  /// Something that a boot starts.
  struct Starter {
    /// `fw.service`, `/etc/rc.local`.
    let name: String
    /// Command lines, or the lines of a script.
    var lines: [String]
    /// Scripts that these name, and their lines.
    var scripts: [Path: [String]] = [:]

    var all: [String] { lines + scripts.sorted { $0.key < $1.key }.flatMap(\.value) }
  }

  private(set) var starters: [Starter] = []
  /// SSH servers among them, by the command line that starts each.
  private(set) var servers: [(unit: String, program: String, line: String)] = []
  /// What has to be looked at.
  package private(set) var probes: Set<Probe> = []

  private let known: Observations

  private static let own: Path = "/etc/systemd/system"
  private static let stock: Path = "/usr/lib/systemd/system"
  private static let targets = [
    "basic", "default", "graphical", "multi-user", "network", "network-online", "network-pre", "sockets", "sysinit",
  ]
  /// Those that are judged by themselves, or are harden's own.
  private static let judged: Set<String> = [
    "firewalld.service", "nftables.service", "ssh.service", "ssh.socket", "sshd.service", "ufw.service",
  ]
  /// Folders of scripts and of crontabs, and files.
  private static let hooks: [Path] = [
    "/etc/network/if-pre-up.d", "/etc/network/if-up.d", "/etc/network/interfaces.d", "/etc/NetworkManager/dispatcher.d",
    "/etc/networkd-dispatcher/routable.d", "/var/lib/cloud/scripts/per-boot",
  ]
  /// Links to the scripts of init(8) that systemd starts where no unit has their name: systemd-sysv-generator(8).
  private static let initLinks: Path = "/etc/rc2.d"
  private static let initScripts: Path = "/etc/init.d"
  private static let crontabs: Path = "/etc/cron.d"
  private static let files: [Path] = ["/etc/network/interfaces", "/etc/rc.local"]
  private static let tables: [Path] = ["/etc/crontab", "/var/spool/cron/crontabs/root"]

  package init(_ known: Observations) {
    self.known = known
    let folders = Set(names(in: Self.own))
    for target in Self.targets {
      let folder = Self.own / "\(target).target.wants"
      for name in names(in: folder) where !Self.judged.contains(name) && !name.hasPrefix("harden-") {
        read(name, enabledIn: folder, besides: folders)
      }
    }
    // What is added to a unit is started with it, whoever starts that.
    for folder in folders.filter({ $0.hasSuffix(".service.d") }).sorted() {
      guard !folder.hasPrefix("harden-") else { continue }
      for name in names(in: Self.own / folder) where name.hasSuffix(".conf") {
        guard let text = text(Self.own / folder / name) else { continue }
        let commands = Self.commands(text)
        if !commands.isEmpty { start((Self.own / folder / name).text, commands) }
      }
    }
    for name in scripts() {
      if let text = text(Self.initScripts / name) { start((Self.initScripts / name).text, Self.lines(text)) }
      readInetd(startedBy: name + ".service")
    }
    for path in Self.files + Self.hooks.flatMap({ folder in names(in: folder).map { folder / $0 } }) {
      if let text = text(path) { start(path.text, Self.lines(text)) }
    }
    for path in Self.tables + names(in: Self.crontabs).map({ Self.crontabs / $0 }) {
      let lines = text(path).map(Self.lines)?.filter { $0.hasPrefix("@reboot") } ?? []
      if !lines.isEmpty { start(path.text, lines) }
    }
  }

  // MARK: Reading

  private mutating func names(in folder: Path) -> [String] {
    probes.insert(.names(directory: folder))
    guard case .there(.names(let names))? = known.answer(.names(directory: folder)) else { return [] }
    return names
  }

  private mutating func text(_ path: Path) -> String? {
    probes.insert(.contents(path: path))
    guard case .there(.text(let text))? = known.answer(.contents(path: path)) else { return nil }
    return text
  }

  /// Scripts of init(8) that are started.
  private mutating func scripts() -> [String] {
    let names = names(in: Self.initLinks).filter { $0.hasPrefix("S") }.map { String($0.dropFirst(3)) }
    guard !names.isEmpty else { return [] }
    let units = Set(self.names(in: Self.stock) + self.names(in: Self.own))
    return names.filter { !units.contains($0 + ".service") }
  }

  private mutating func readInetd(startedBy unit: String) {
    guard SSHDInetServers.units.contains(unit) else { return }
    let configuration = SSHDInetServers.Configuration(known)
    probes.formUnion(configuration.probes)
    servers += configuration.services.map { (unit, $0.program, $0.line) }
  }

  private mutating func read(_ name: String, enabledIn folder: Path, besides folders: Set<String>) {
    if name.hasSuffix(".socket") {
      guard let socket = unit(name, link: folder / name).map(UnitText.of) else { return }
      let base = name.dropLast(".socket".count)
      let named = socket.values(of: "Service").last
      let isAccepting = socket.values(of: "Accept").contains { ["yes", "true", "1"].contains($0) }
      let service = named ?? (isAccepting ? "\(base)@.service" : "\(base).service")
      add(name, service: unit(service, link: nil), dropIns(of: [service], folders))
    } else if name.hasSuffix(".service") {
      // `x@y.service` is an instance of `x@.service`.
      let file = name.firstIndex(of: "@").map { name[...$0] + ".service" } ?? name[...]
      add(name, service: unit(String(file), link: folder / name), dropIns(of: Set([String(file), name]), folders))
      readInetd(startedBy: name)
    }
  }

  /// The texts beside a unit's own file: systemd.unit(5).
  private mutating func dropIns(of units: Set<String>, _ folders: Set<String>) -> String {
    var text = ""
    for folder in units.sorted().map({ $0 + ".d" }) where folders.contains(folder) {
      for name in names(in: Self.own / folder).sorted() where name.hasSuffix(".conf") {
        text += "\n" + (self.text(Self.own / folder / name) ?? "")
      }
    }
    return text
  }

  /// The text of a unit: somebody's own comes before the package's, and a link may lead to a third place.
  private mutating func unit(_ name: String, link: Path?) -> String? {
    let texts = [text(Self.own / name), text(Self.stock / name)]
    var elsewhere: String?
    if let link {
      probes.insert(.file(path: link))
      if case .there(.file(let status))? = known.answer(.file(path: link)), case .link(let target) = status.kind {
        let path = Path(target.hasPrefix("/") ? target : (link.parent / target).text)
        let isUsual = [Self.own, Self.stock, "/lib/systemd/system"].contains(path.parent) || target.contains("..")
        if !isUsual { elsewhere = text(path) }
      }
    }
    return texts[0] ?? elsewhere ?? texts[1]
  }

  private mutating func add(_ name: String, service text: String?, _ dropIns: String) {
    guard let text else { return }
    start(name, Self.commands(text))
    if let server = SSHDSocketServers.server(startedBy: UnitText.of(text + dropIns)) {
      servers.append((name, server.program, server.line))
    }
  }

  /// The command lines of a unit.
  private static func commands(_ text: String) -> [String] {
    UnitText.of(text).settings.filter { $0.name.hasPrefix("ExecStart") && !$0.value.isEmpty }.map(\.value)
  }

  private mutating func start(_ name: String, _ lines: [String]) {
    guard !starters.contains(where: { $0.name == name }) else { return }
    var starter = Starter(name: name, lines: lines)
    for path in Set(lines.flatMap(Self.scripts)).sorted().prefix(8) {
      if let text = text(path) { starter.scripts[path] = Self.lines(text) }
    }
    starters.append(starter)
  }

  /// Without comments, and without blanks ahead.
  private static func lines(_ text: String) -> [String] { parsed[text] }

  private static let parsed = Parsed<String, [String]> { text in
    text.lines.map { String($0.drop { $0 == " " || $0 == "\t" }) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  /// What a line names that no package brings.
  private static func scripts(in line: String) -> [Path] {
    let words = pieces(of: line, between: " \t\"';&|<>()", without: "-@:+!")
    return words.filter { word in
      word.hasPrefix("/")
        && !["/usr/bin/", "/usr/sbin/", "/usr/lib/", "/bin/", "/sbin/", "/lib/", "/dev/", "/proc/", "/sys/"]
          .contains(where: word.hasPrefix)
    }.map { Path(String($0)) }
  }

  /// Byte by byte, since a boot has thousands of lines: what lies between these signs, without the marks ahead of it.
  static func pieces(of line: String, between signs: String, without marks: String) -> [Substring] {
    let (signs, marks) = (Array(signs.utf8), Array(marks.utf8))
    return line.utf8.split(whereSeparator: signs.contains).map { Substring($0.drop(while: marks.contains)) }
  }
}
