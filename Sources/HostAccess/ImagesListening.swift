import HostState

/// Who listens where, by the kernel's own tables: `ss` need not be there.
enum Listening {
  /// TCP ports that anything listens on.
  static func ports() -> Set<UInt16> { Set(sockets().map(\.port)) }

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
    return Set(sockets().filter { inodes.contains($0.inode) }.map(\.port))
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

  /// `proc_net_tcp`: the local address with its port in hexadecimal, then the state (0A is LISTEN), then the inode.
  static func sockets() -> [(port: UInt16, inode: String)] {
    var sockets: [(port: UInt16, inode: String)] = []
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
      for line in table(file) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count > 9, words[3] == "0A", let colon = words[1].lastIndex(of: ":"),
          let port = UInt16(words[1][words[1].index(after: colon)...], radix: 16)
        else { continue }
        sockets.append((port, String(words[9])))
      }
    }
    return sockets
  }

  /// `/proc/net` is a link that the kernel makes: to the files of the process that asks.
  private static func table(_ file: String) -> [Substring] {
    SafeFiles.lines(of: Path("/proc/self/net/" + Path(file).name))
  }
}
