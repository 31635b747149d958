import HostState

/// Who listens where.
enum Listening {
  /// TCP ports that anything listens on.
  static func ports() -> Set<UInt16> { Set(sockets().map(\.localPort)) }

  /// The number of a unit's main process; 0 where it has none.
  static func mainProcess(of unit: String, _ runner: ProcessRunner) -> Int {
    runner.properties(of: unit, ["MainPID"])["MainPID"].flatMap { Int($0) } ?? 0
  }

  /// TCP ports that the main process of a unit listens on.
  static func ports(of unit: String, _ runner: ProcessRunner) -> Set<UInt16> {
    ports(of: mainProcess(of: unit, runner))
  }

  /// TCP ports that a process listens on; none for 0.
  static func ports(of process: Int) -> Set<UInt16> {
    guard process > 0 else { return [] }
    let inodes = inodes(of: process)
    return Set(sockets().filter { inodes.contains($0.inode) }.map(\.localPort))
  }

  /// Inodes of the sockets that a process holds.
  static func inodes(of process: Int) -> Set<String> {
    let folder = "/proc/\(process)/fd"
    var inodes: Set<String> = []
    for name in Processes.names(in: folder) {
      guard let target = FileReading.linkTarget("\(folder)/\(name)"), target.hasPrefix("socket:[") else { continue }
      inodes.insert(String(target.dropFirst(8).dropLast()))
    }
    return inodes
  }

  /// All sockets that listen.
  static func sockets() -> [TCPSocket] { TCPSocket.all.filter(\.isListening) }
}
