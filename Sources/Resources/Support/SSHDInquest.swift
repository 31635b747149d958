/// What is known of a host's sshd before it is asked itself, and the questions that follow from it.
package struct SSHDInquest {
  /// Options of the daemon that listens.
  package let arguments: [String]
  package let files: SSHDConfigFiles
  package private(set) var connections: [SSHConnection]
  private let listeners: [Listener]
  /// Other servers that systemd listens for.
  private let socketServers: SSHDSocketServers
  private let inetServers: SSHDInetServers
  private let known: Observations
  package let accounts: Accounts
  /// Ports that it listens on, itself or through `ssh.socket`; empty when it does not run.
  package let ports: [UInt16]
  package let socketIsActive: Bool
  package let socket: SSHDSocketStart
  let isInstalled: Bool
  /// Whether somebody's `Match` block, or a file that could not be read, may give accounts different answers.
  private let differsByAccount: Bool
  private let address: String
  private let localAddress: String

  /// What the rest depends on.
  package static let groundwork: Set<Probe> = [
    .package(name: "openssh-server"), .unit(name: "ssh.service"), .unit(name: "ssh.socket"), .listeners, .accounts,
    .host, .operator,
  ]
  static let socketPorts = Question(
    Command("/usr/bin/systemctl", ["show", "--property=Listen,Accept", "--value", "ssh.socket"]), reads: [])
  /// `running` from when one service was started for all connections, else `listening`.
  static let socketState = Question(
    Command("/usr/bin/systemctl", ["show", "--property=SubState", "--value", "ssh.socket"]), reads: [])
  /// What systemd starts for the first connection, and what for each where it starts one each (systemd.socket(5), Accept=).
  static let plainService = SSHDSocketServers.texts(of: ["ssh.service"])
  static let acceptingService = SSHDSocketServers.texts(of: ["ssh@.service"])
  static let knownExchanges = Question(
    Command("/usr/bin/ssh", ["-Q", "kex"]), reads: [], package: "openssh-client")
  /// Ubuntu's, which has ssh.socket listen where sshd's files say.
  package static let socketGenerator: Path = "/usr/lib/systemd/system-generators/sshd-socket-generator"
  static let serviceDefaults: Path = "/etc/default/ssh"

  /// The words of `SSHD_OPTS=`, of which the last one counts; quotes hold one word together (systemd.exec(5),
  /// EnvironmentFile).
  package static func options(inDefaults text: String) -> String {
    let line = text.lines.last { $0.hasPrefix("SSHD_OPTS=") } ?? ""
    return line.dropFirst("SSHD_OPTS=".count).filter { $0 != "\"" && $0 != "'" }
  }

  /// Nil until the groundwork is known.
  package init?(_ known: Observations) {
    guard Self.groundwork.allSatisfy({ known.answer($0) != nil }) else { return nil }
    func value<Value>(_ answer: Answer<Value>?) -> Value? { answer?.value }
    listeners = value(try? known.listeners()) ?? []
    accounts = value(try? known.accounts()) ?? Accounts(users: [:], groups: [:], today: 0)
    isInstalled = (try? known.hasPackage("openssh-server")) ?? false
    socketIsActive = value(try? known.unit("ssh.socket"))?.isActive ?? false
    socket = SSHDSocketStart(listeners, isActive: socketIsActive, known)
    arguments = socket.arguments ?? SSHDListener.arguments(of: listeners)
    files = SSHDConfigFiles(main: SSHDListener.mainFile(arguments), known: known)
    let own = SSHDListener.own(of: listeners).map(\.port)
    let ofSocket = socketIsActive ? SSHPorts.ofSocket(listeners, known) : nil
    let ports = Set(ofSocket ?? own)
    self.ports = ports.sorted()
    // Until it is known which of them are sshd's own, none is another server's.
    let others = socketIsActive && ofSocket == nil ? [] : SSHPorts.systemds(listeners, without: ofSocket ?? [])
    socketServers = SSHDSocketServers(others, known)
    inetServers = SSHDInetServers(listeners, known)
    self.known = known
    let visitor = value(try? known.operator())
    let facts = value(try? known.host())
    localAddress = visitor?.localAddress ?? facts?.addresses.first ?? "127.0.0.1"
    address = visitor?.address ?? SSHConnection.unknownAddress
    let hasMatch = files.lines.contains { !$0.conditions.isEmpty && !$0.isHardens }
    differsByAccount = hasMatch || !files.unreadable.isEmpty || !files.missing.isEmpty
    // What could not be read may hold one.
    let names = Self.subjects(accounts, hasMatch: hasMatch || !files.unreadable.isEmpty)
    connections = []
    connections = names.map(connection)
  }

  var rivals: SSHDRivals { rivals(BootUnits(known)) }

  private func rivals(_ boot: BootUnits) -> SSHDRivals {
    // Their files may hold a `Match`, too.
    SSHDRivals(
      listeners, socketServers.servers + inetServers.servers, boot, beside: arguments,
      connections: Self.subjects(accounts, hasMatch: true).map(connection))
  }

  /// The program that listens on a port that sshd does not have.
  func holder(of port: UInt16) -> String? {
    ports.contains(port) ? nil : listeners.first { $0.transport == "tcp" && $0.port == port }.map(\.process)
  }

  /// A login of this account from where the operator is.
  package func connection(_ user: String) -> SSHConnection {
    SSHConnection(
      user: user, groups: accounts.groups(of: user), address: address, localAddress: localAddress,
      localPort: ports.first ?? 22)
  }

  /// What to ask for the settings in force for an account: without a `Match` block root's are everybody's.
  package func question(for account: Account) -> Question {
    question(connection(differsByAccount ? account.name : "root"))
  }

  /// The ports that harden's own drop-in names today.
  var ownPorts: [UInt16] {
    files.lines.filter { $0.isHardens && $0.keyword == "port" && $0.conditions.isEmpty }.compactMap { UInt16($0.value) }
  }

  /// What leads to the settings in force for an account.
  var settingsProbes: Set<Probe> {
    var probes = files.missing
    probes.insert(.contents(path: Self.serviceDefaults))
    for path in files.files {
      probes.insert(.contents(path: path))
      probes.insert(.file(path: path))
    }
    probes.formUnion(files.listed.map { .names(directory: $0) })
    probes.formUnion(socket.probes)
    return probes
  }

  /// Everything else that the judgement looks at.
  package var probes: Set<Probe> {
    var probes = settingsProbes.union(socketServers.probes).union(inetServers.probes)
    let boot = BootUnits(known)
    probes.formUnion(boot.probes)
    guard isInstalled, files.missing.isEmpty else { return probes }
    probes.insert(.output(question: Self.knownExchanges))
    for connection in connections { probes.insert(.output(question: question(connection))) }
    probes.formUnion(rivals(boot).probes)
    return probes
  }

  package func question(_ connection: SSHConnection) -> Question {
    connection.question(to: arguments)
  }

  /// The accounts for which sshd is asked: whoever could open a session, root and one that nobody has.
  ///
  /// Without a `Match` block everybody gets the same answer, so two of them are enough.
  private static func subjects(_ accounts: Accounts, hasMatch: Bool) -> [String] {
    let administrative = Set(["sudo", "admin", "wheel"].flatMap { accounts.groups[$0] ?? [] })
    let others = accounts.users.values.filter { account in
      account.name != "root" && (account.uid == 0 || administrative.contains(account.name) || account.canLogIn)
    }
    func isAhead(_ left: String, _ right: String) -> Bool {
      let (first, second) = (administrative.contains(left), administrative.contains(right))
      return first != second ? first : left < right
    }
    let names = others.map(\.name)
    guard hasMatch else { return ["root"] + (names.min(by: isAhead).map { [$0] } ?? []) }
    return ["root"] + names.sorted(by: isAhead).prefix(most) + ["nobody"]
  }

  /// A bound for hosts with hundreds of accounts; `Match` blocks that name others are found in the text.
  private static let most = 12

  /// `[::]:22 (Stream)`, a line for each: systemctl(1).
  static func ports(ofSocket output: String) -> [UInt16] {
    output.split(whereSeparator: \.isNewline).compactMap { line in
      guard let address = line.split(separator: " ").first, let port = address.split(separator: ":").last else {
        return nil
      }
      return UInt16(port)
    }
  }

  /// What a reload that opens these ports and no others changes.
  func moving(to after: [UInt16]) -> [Effect] {
    let opened = after.filter { !ports.contains($0) }
    let title = SSHDListener.title(of: listeners)
    return opened.flatMap { port in
      ["0.0.0.0", "::"].map { address in
        .listens(
          listener: Listener(transport: "tcp", address: address, port: port, process: "sshd", argv: [title]))
      }
    } + ports.filter { !after.contains($0) }.map { .closes(transport: "tcp", port: $0) }
  }
}

extension SSHDConfigLine {
  var isHardens: Bool { file == SSHDaemon.dropIn }
}
