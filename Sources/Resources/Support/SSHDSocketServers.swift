import HostState

/// SSH servers that systemd starts for whoever connects to a socket of somebody's: `sshd -i`, Dropbear.
///
/// No process of theirs listens, so that they are told by the units.
struct SSHDSocketServers {
  static let programs = ["sshd", "dropbear", "tinysshd"]
  static let sockets = Question(
    Command("/usr/bin/systemctl", ["show", "--property=Id,Listen,Triggers,Accept", "--", "*.socket"]), reads: [])

  /// As if each listened itself, by the command line that it is started with.
  private(set) var servers: [Listener] = []
  /// What has to be asked; nothing where systemd holds no port but that of `ssh.socket`.
  private(set) var probes: Set<Probe> = []

  static func texts(of services: [String]) -> Question {
    Question(Command("/usr/bin/systemctl", ["cat", "--"] + services, accepted: [0, 1]), reads: [])
  }

  /// - Parameter held: sockets that systemd holds for others than `ssh.socket`.
  init(_ held: [Listener], _ known: Observations) {
    guard !held.isEmpty else { return }
    probes.insert(.output(question: Self.sockets))
    guard case .there(.output(let result))? = known.answer(.output(question: Self.sockets)) else { return }
    for (port, services) in Self.services(in: result.output) {
      guard let socket = held.first(where: { $0.port == port }) else { continue }
      let question = Self.texts(of: services)
      probes.insert(.output(question: question))
      guard case .there(.output(let text))? = known.answer(.output(question: question)),
        let server = Self.server(startedBy: .of(text.output))
      else { continue }
      servers.append(
        SSHDListener.started(by: server.line, program: server.program, at: socket.address, port: port))
    }
  }

  /// The services that each port's socket starts, of blocks such as `Id=x.socket`, `Listen=[::]:2222 (Stream)`,
  /// `Accept=yes`: with the latter it is an instance of `x@.service` a connection (systemd.socket(5)).
  static func services(in output: String) -> [(port: UInt16, services: [String])] {
    var found: [(port: UInt16, services: [String])] = []
    for block in output.split(separator: "\n\n") {
      var (name, ports, services, isAccepting) = ("", [UInt16](), [String](), false)
      for line in String(block).lines {
        if line.hasPrefix("Id=") {
          name = String(line.dropFirst(3))
        } else if line.hasPrefix("Listen="), line.hasSuffix("(Stream)") {
          ports += SSHDInquest.ports(ofSocket: String(line.dropFirst("Listen=".count)))
        } else if line.hasPrefix("Triggers=") {
          services = line.dropFirst("Triggers=".count).split(separator: " ").map(String.init)
        } else if line == "Accept=yes" {
          isAccepting = true
        }
      }
      guard name.hasSuffix(".socket"), name != "ssh.socket" else { continue }
      if isAccepting { services = [name.dropLast(".socket".count) + "@.service"] }
      if !services.isEmpty { found += ports.map { ($0, services) } }
    }
    return found
  }

  /// The SSH server among the commands of a unit.
  static func server(startedBy unit: UnitText) -> (program: String, line: String)? {
    for line in unit.commands {
      // A shell may be given the whole of it as one word.
      let words = UnitText.words(ofCommand: line[...]).flatMap { $0.split(separator: " ").map(String.init) }
      guard let start = words.firstIndex(where: { program(of: $0) != nil }), let name = program(of: words[start]) else {
        continue
      }
      return (name, words[start...].joined(separator: " "))
    }
    return nil
  }

  private static func program(of word: String) -> String? {
    // What stands before a program's path says how it is started.
    let name = String(word.drop { "-@:+!|".contains($0) }.split(separator: "/").last ?? "")
    return programs.contains(name) ? name : nil
  }
}
