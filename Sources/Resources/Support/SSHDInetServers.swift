import HostState

/// SSH servers that an inetd(8) starts for whoever connects, by its files: inetd.conf(5), xinetd.conf(5).
struct SSHDInetServers {
  /// As if each listened itself, by the command line that it is started with.
  private(set) var servers: [Listener] = []
  /// What has to be looked at; nothing where no such daemon listens.
  private(set) var probes: Set<Probe> = []

  private static let daemons: Set<String> = ["inetd", "inetutils-inetd", "xinetd"]
  /// The units that start one.
  static let units = Set(["inetd", "inetutils-inetd", "openbsd-inetd", "xinetd"].map { $0 + ".service" })

  init(_ listeners: [Listener], _ known: Observations) {
    let held = listeners.filter { $0.transport == "tcp" && Self.daemons.contains($0.process) }
    guard !held.isEmpty else { return }
    let configuration = Configuration(known)
    probes = configuration.probes
    for service in configuration.services {
      // A name of /etc/services that is not known here may be any of its ports.
      let port = UInt16(service.port) ?? (service.port == "ssh" ? 22 : nil)
      guard let socket = held.first(where: { port == nil || $0.port == port }) else { continue }
      servers.append(
        SSHDListener.started(by: service.line, program: service.program, at: socket.address, port: socket.port))
    }
  }

  /// The SSH servers that the files name.
  struct Configuration {
    private(set) var services: [(port: String, program: String, line: String)] = []
    private(set) var probes: Set<Probe> = []

    private static let table: Path = "/etc/inetd.conf"
    private static let folder: Path = "/etc/xinetd.d"
    private static let main: Path = "/etc/xinetd.conf"

    init(_ known: Observations) {
      probes = [.contents(path: Self.table), .contents(path: Self.main), .names(directory: Self.folder)]
      var files = [Self.main]
      if case .there(.names(let names))? = known.answer(.names(directory: Self.folder)) {
        files += names.map { Self.folder / $0 }
      }
      for file in files {
        probes.insert(.contents(path: file))
        if case .there(.text(let text))? = known.answer(.contents(path: file)) { readBlocks(text) }
      }
      if case .there(.text(let text))? = known.answer(.contents(path: Self.table)) { readTable(text) }
    }

    /// `ssh stream tcp nowait root /usr/sbin/tcpd /usr/sbin/sshd -i`; the address that it is bound to may stand ahead of
    /// the name.
    private mutating func readTable(_ text: String) {
      for line in text.lines where !line.hasPrefix("#") {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count > 5, words[1] == "stream" else { continue }
        add(String(words[0].split(separator: ":").last ?? ""), words[5...].joined(separator: " "))
      }
    }

    /// `service NAME { port = 2222 server = /usr/sbin/sshd server_args = -i disable = no }`, a line for each setting.
    private mutating func readBlocks(_ text: String) {
      var name = ""
      var values: [String: String] = [:]
      for line in text.lines {
        let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let first = words.first, !first.hasPrefix("#") else { continue }
        if first == "service", words.count > 1 {
          (name, values) = (String(words[1]), [:])
        } else if first == "}" {
          if let server = values["server"], values["disable"] != "yes" {
            add(values["port"] ?? name, "\(server) \(values["server_args"] ?? "")")
          }
          values = [:]
        } else if let sign = line.firstIndex(of: "=") {
          let value = line[line.index(after: sign)...].split { $0 == " " || $0 == "\t" || $0 == "\r" }
          values[String(first.prefix { $0 != "=" && $0 != "+" })] = value.joined(separator: " ")
        }
      }
    }

    private mutating func add(_ port: String, _ command: String) {
      guard let server = SSHDSocketServers.server(startedBy: UnitText("ExecStart=" + command)) else { return }
      services.append((port, server.program, server.line))
    }
  }
}
