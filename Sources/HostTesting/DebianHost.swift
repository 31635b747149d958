import HostState

extension SimulatedHost {
  /// A server as a provider hands it over: root by key and password, cloud-init's drop-in, sshd on port 22, no sudo
  /// rules but Debian's, no firewall, no web server.
  public static func debian(_ release: Int) -> SimulatedHost {
    var host = SimulatedHost(
      accounts: stockAccounts(newHomeMode: release >= 13 ? 0o700 : 0o755),
      visitor: Operator(
        user: "root", isRoot: true, address: "198.51.100.23", addressSource: "SSH_CONNECTION",
        localAddress: "203.0.113.5", localPort: 22),
      facts: HostFacts(
        system: "debian", version: "\(release)", prettyName: "Debian GNU/Linux \(release)", hostName: "box",
        timeZone: "Etc/UTC", addresses: ["203.0.113.5", "2001:db8::5"], uplinks: 1))
    host.entries = stockFiles()
    for name in ["openssh-server", "openssh-client", "sudo", "systemd", "cron", "procps", "iproute2"] {
      host.packages[name] = PackageState(status: "installed", version: "1")
    }
    host.units = [
      "ssh.service": UnitState(enablement: "enabled", activity: "active"),
      "ssh.socket": UnitState(enablement: "disabled", activity: "inactive"),
      "cron.service": UnitState(enablement: "enabled", activity: "active"),
      "systemd-logind.service": UnitState(enablement: "static", activity: "active"),
    ]
    for address in ["0.0.0.0", "::"] {
      host.listeners.append(
        Listener(
          transport: "tcp", address: address, port: 22, process: "sshd",
          argv: ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"]))
    }
    host.programs = [sshd, knownExchanges, sudo]
    return host
  }

  /// Adds an account with a home of its own, as `useradd -m` makes it.
  public mutating func addUser(_ name: String, uid: Int, password: Account.Password = .none, groups: [String] = []) {
    accounts.users[name] = Account(
      name: name, uid: uid, group: name, home: Path("/home/\(name)"), shell: "/bin/bash", password: password)
    accounts.groups[name] = []
    for group in groups { AccountsChange.join(user: name, group: group).apply(to: &accounts) }
    entries[Path("/home/\(name)")] = .directory(accounts.newHomeMode, Owner(name, name))
  }

  /// Gives an account keys, one a line, with the modes that sshd wants.
  public mutating func authorize(_ name: String, lines: [String]) {
    guard let account = accounts.users[name] else { return }
    let owner = Owner(name, account.group)
    entries[account.home / ".ssh"] = .directory(0o700, owner)
    entries[account.home / ".ssh/authorized_keys"] = .file(lines.map { $0 + "\n" }.joined(), 0o600, owner)
  }

  /// A public key that is no key of anybody's, for tests.
  public static func keyLine(_ number: UInt8, comment: String = "") -> String {
    // RFC 4253 §6.6: length and name of the type, length and bytes of the key.
    let name = Array("ssh-ed25519".utf8)
    let bytes = [0, 0, 0, UInt8(name.count)] + name + [0, 0, 0, 32] + [UInt8](repeating: number, count: 32)
    let text = Base64.encode(bytes)
    return comment.isEmpty ? "ssh-ed25519 \(text)" : "ssh-ed25519 \(text) \(comment)"
  }

  private static func stockAccounts(newHomeMode: FileMode) -> Accounts {
    func account(_ name: String, _ uid: Int, _ group: String, _ home: Path, _ shell: String) -> Account {
      Account(name: name, uid: uid, group: group, home: home, shell: shell, password: .none)
    }
    var users: [String: Account] = [:]
    for user in [
      account("daemon", 1, "daemon", "/usr/sbin", "/usr/sbin/nologin"),
      account("sync", 4, "nogroup", "/bin", "/bin/sync"),
      account("www-data", 33, "www-data", "/var/www", "/usr/sbin/nologin"),
      account("nobody", 65534, "nogroup", "/nonexistent", "/usr/sbin/nologin"),
      account("sshd", 101, "nogroup", "/run/sshd", "/usr/sbin/nologin"),
    ] { users[user.name] = user }
    users["root"] = Account(
      name: "root", uid: 0, group: "root", home: "/root", shell: "/bin/bash", password: .usable)
    var groups: [String: [String]] = [:]
    for group in ["root", "daemon", "adm", "sudo", "www-data", "nogroup", "users", "shadow"] { groups[group] = [] }
    return Accounts(users: users, groups: groups, today: 20_500, newHomeMode: newHomeMode)
  }

  private static func stockFiles() -> [Path: PlannedEntry] {
    [
      "/etc/passwd": .file("root:x:0:0:root:/root:/bin/bash\n"),
      "/etc/crontab": .file("SHELL=/bin/sh\n"),
      "/etc/cron.d": .directory(0o755),
      "/etc/cron.daily": .directory(0o755),
      "/etc/cron.hourly": .directory(0o755),
      "/etc/cron.weekly": .directory(0o755),
      "/etc/cron.monthly": .directory(0o755),
      "/etc/default/ssh": .file("SSHD_OPTS=\n"),
      "/etc/issue": .file("Debian GNU/Linux \\n \\l\n"),
      "/etc/issue.net": .file("Debian GNU/Linux\n"),
      "/etc/modprobe.d": .directory(0o755),
      "/etc/profile.d": .directory(0o755),
      "/etc/security/limits.d": .directory(0o755),
      "/etc/ssh/sshd_config": .file(stockSSHDConfig),
      "/etc/ssh/sshd_config.d/50-cloud-init.conf": .file("PasswordAuthentication yes\n", 0o600),
      "/etc/ssh/ssh_host_ed25519_key": .file("", 0o600),
      "/etc/ssh/ssh_host_ed25519_key.pub": .file(keyLine(2, comment: "root@box") + "\n"),
      "/etc/sudoers": .file(
        "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n", 0o440),
      "/etc/sudoers.d/README": .file("#\n", 0o440),
      "/etc/sysctl.d": .directory(0o755),
      "/etc/systemd/system": .directory(0o755),
      "/home": .directory(0o755),
      "/root": .directory(0o700),
      "/root/.ssh": .directory(0o700),
      "/root/.ssh/authorized_keys": .file(keyLine(1, comment: "root@laptop") + "\n", 0o600),
      "/srv": .directory(0o755),
      "/var/www": .directory(0o755),
      "/bin/bash": .file("", 0o755),
      "/usr/sbin/nologin": .file("", 0o755),
    ]
  }

  /// Debian's main file without its comments, as a provider leaves it.
  static let stockSSHDConfig = """
    Include /etc/ssh/sshd_config.d/*.conf
    PermitRootLogin yes
    KbdInteractiveAuthentication no
    UsePAM yes
    X11Forwarding yes
    PrintMotd no
    AcceptEnv LANG LC_*
    Subsystem	sftp	/usr/lib/openssh/sftp-server

    """
}
