extension StockPackage {
  /// The title that the daemon of Debian's unit gives itself.
  private static let sshd = "sshd: /usr/sbin/sshd -D [listener]"

  /// openssh-server 9.2p1 (Debian 12) and 10.0p1 (Debian 13): the daemon runs as soon as it is unpacked.
  static let opensshServer = StockPackage(
    entries: [
      "/etc/ssh": .directory(mode: 0o755, owner: .root),
      "/etc/ssh/sshd_config.d": .directory(mode: 0o755, owner: .root),
    ],
    effects: [
      .unit(name: "ssh.service", enabled: true, active: true),
      .unit(name: "ssh.socket", enabled: false, active: false),
      .listens(listener: Listener(transport: "tcp", address: "0.0.0.0", port: 22, process: "sshd", argv: [sshd])),
      .listens(listener: Listener(transport: "tcp", address: "::", port: 22, process: "sshd", argv: [sshd])),
    ],
    unsettles: ["/etc/ssh"], brings: ["openssh-client"])

  /// sudo 1.9.13p3 (Debian 12) and 1.9.16p2 (Debian 13).
  static let sudo = StockPackage(
    entries: ["/etc/sudoers.d": .directory(mode: 0o755, owner: .root)],
    unsettles: ["/etc/sudoers", "/etc/sudoers.d"])
}
