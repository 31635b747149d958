import Glibc
import HostState

/// The tunnel that a login came through: the interface that leads back to where it came from, and what is behind that.
///
/// A program is asked only where that interface is WireGuard's.
enum TunnelReading {
  /// - Returns: nil where there is none, it cannot be told, or this host is the one that reaches out.
  static func tunnel(to address: String) -> Operator.Tunnel? {
    guard let interface = interface(towards: address) else { return nil }
    let folder = "/sys/class/net/\(interface)"
    if case .read(let text) = SmallFile.text(folder + "/uevent"), text.lines.contains("DEVTYPE=wireguard") {
      return wireGuard(interface, address)
    }
    guard access(folder + "/tun_flags", F_OK) == 0, let process = holder(of: interface) else { return nil }
    let name = RelayReading.name(of: process)
    if RelayReading.outgoing.contains(name) { return nil }
    // Where its name is not the kernel's, WireGuard is a program that answers as the kernel would.
    if !show("listen-port", of: interface).isEmpty { return wireGuard(interface, address) }
    guard name != "openvpn" || !isClient(process) else { return nil }
    let sockets = Listening.inodes(of: process)
    func ports(_ rows: [TCPSocket]) -> [UInt16] {
      Set(rows.filter { !$0.isOnLoopback && sockets.contains($0.inode) }.map(\.localPort)).sorted()
    }
    let doors =
      ports(TCPSocket.datagrams).map { Operator.Tunnel.Door(transport: "udp", port: $0) }
      + ports(TCPSocket.all.filter(\.isListening)).map { Operator.Tunnel.Door(transport: "tcp", port: $0) }
    return doors.isEmpty ? nil : Operator.Tunnel(program: name, interface: interface, doors: doors)
  }

  // MARK: WireGuard

  private static let wg: Path = "/usr/bin/wg"

  private static func wireGuard(_ interface: String, _ address: String) -> Operator.Tunnel? {
    wireGuard(
      interface, address, port: show("listen-port", of: interface), allowed: show("allowed-ips", of: interface),
      endpoints: show("endpoints", of: interface), keepalives: show("persistent-keepalive", of: interface))
  }

  private static func show(_ what: String, of interface: String) -> String {
    ProcessRunner().run(Command(wg, ["show", interface, what])).result?.output ?? ""
  }

  /// wg(8): a line a peer, its key and a tab ahead of what is asked for.
  static func wireGuard(
    _ interface: String, _ address: String, port: String, allowed: String, endpoints: String, keepalives: String
  ) -> Operator.Tunnel? {
    guard let port = UInt16(port.filter { !$0.isWhitespace }), port > 0,
      let source = AddressRange(NetworkAddress.plain(address))
    else { return nil }
    func value(_ text: String, _ peer: Substring) -> Substring? {
      text.lines.first { $0.hasPrefix(peer + "\t") }?.dropFirst(peer.utf8.count + 1)
    }
    var (peer, best) = (Substring?.none, -1)
    for line in allowed.lines {
      let words = line.split { $0 == " " || $0 == "\t" }
      for block in words.dropFirst() {
        guard let range = AddressRange(String(block)), range.contains(source), range.prefix > best else { continue }
        (peer, best) = (words.first, range.prefix)
      }
    }
    guard let peer else { return nil }
    // This host keeps the way open by itself.
    if let keepalive = value(keepalives, peer), UInt16(keepalive) != nil { return nil }
    let endpoint = value(endpoints, peer).flatMap { text in
      text.lastIndex(of: ":").map { String(text[..<$0].filter { $0 != "[" && $0 != "]" }) }
    }
    return Operator.Tunnel(
      program: "wireguard", interface: interface, doors: [.init(transport: "udp", port: port)], address: endpoint)
  }

  // MARK: Others

  /// The process that holds the other side of a tun interface: proc(5), `/proc/PID/fdinfo`.
  private static func holder(of interface: String) -> Int? {
    Processes.all.map { Int($0) }.first { process in
      Processes.names(in: "/proc/\(process)/fd").contains { number in
        guard FileReading.linkTarget("/proc/\(process)/fd/\(number)") == "/dev/net/tun",
          case .read(let text) = SmallFile.text("/proc/\(process)/fdinfo/\(number)")
        else { return false }
        return text.lines.contains { $0.split(whereSeparator: \.isWhitespace) == ["iff:", Substring(interface)] }
      }
    }
  }

  /// Whether an OpenVPN reaches out to a server, by its command line or the file that this names.
  private static func isClient(_ process: Int) -> Bool {
    let words = SocketTable.argumentVector(pid_t(process))
    if words.contains("--client") || words.contains("--remote") { return true }
    guard let flag = words.firstIndex(of: "--config"), flag + 1 < words.count else { return false }
    let folder = words.firstIndex(of: "--cd").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    let file =
      words[flag + 1].hasPrefix("/") ? words[flag + 1] : "\(folder ?? "/proc/\(process)/cwd")/\(words[flag + 1])"
    guard case .read(let text) = SmallFile.text(file) else { return false }
    return text.lines.contains { ["client", "remote"].contains($0.split(whereSeparator: \.isWhitespace).first) }
  }

  /// The interface by which packets to an address leave; nothing is sent.
  static func interface(towards address: String) -> String? {
    var hints = addrinfo()
    (hints.ai_flags, hints.ai_socktype) = (AI_NUMERICHOST, Int32(SOCK_DGRAM.rawValue))
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(NetworkAddress.plain(address), "9", &hints, &found) == 0, let target = found?.pointee else {
      return nil
    }
    defer { freeaddrinfo(found) }
    let probe = Descriptor(socket(target.ai_family, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0))
    guard connect(probe.number, target.ai_addr, target.ai_addrlen) == 0 else { return nil }
    var (own, size) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
    let text = withUnsafeMutablePointer(to: &own) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> String? in
        guard getsockname(probe.number, address, &size) == 0 else { return nil }
        return String.written(capacity: Int(NI_MAXHOST)) { name, capacity in
          getnameinfo(address, size, name, socklen_t(capacity), nil, 0, NI_NUMERICHOST) == 0
        }
      }
    }
    guard let text else { return nil }
    let plain = NetworkAddress.plain(text)
    return InterfaceAddress.all().first { $0.text == plain && !$0.isLoopback }?.interface
  }
}
