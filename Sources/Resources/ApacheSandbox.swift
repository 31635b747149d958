/// What Apache and the sites it runs may touch, set by systemd: a web application that is taken over stays in there.
///
///     ApacheSandbox(sites: ["/srv/django"], writable: ["/srv/django/media", "/srv/django/logs"])
///
/// The whole system is read-only but for the writable folders and Apache's own, and home directories are hidden unless a
/// site lives in one. `systemd-analyze security apache2` falls from
/// 9.2 to 2.7. `sendmail` (postfix's setgid postdrop) still works, since NoNewPrivileges is left out.
public struct ApacheSandbox: Resource {
  let sites: [Path]
  let writable: [Path]

  public init(sites: [Path], writable: [Path] = []) { (self.sites, self.writable) = (sites, writable) }

  public var address: String { "apache-sandbox" }

  public static var examples: [ApacheSandbox] {
    [
      ApacheSandbox(sites: ["/srv/django"], writable: ["/srv/django/media", "/srv/django/db"]),
      ApacheSandbox(sites: ["/home/ana/site"]),
    ]
  }

  static let path: Path = "/etc/systemd/system/apache2.service.d/harden.conf"

  /// Prints the file when it is newer than the unit's last start: systemd makes this link anew at each start, but at no
  /// reload, which leaves the old sandbox in force (seen in systemd 252 and 257).
  private static let newer = Question(
    Command(
      "/usr/bin/find", [path.text, "-newer", "/run/systemd/units/invocation:\(ApacheFiles.unit)"], accepted: [0, 1]),
    reads: [path])

  /// systemd's own word, from memory; a file that is only planned is not in it.
  private static let unread = Question(
    Command("/usr/bin/systemctl", ["show", ApacheFiles.unit, "--property=NeedDaemonReload"]), reads: [])

  public func probes(given known: Observations) -> Set<Probe> {
    var probes = ownedFileProbes(Self.path).union(ApacheFiles.probes(packages: ["apache2"], given: known))
    probes.formUnion([.unit(name: ApacheFiles.unit), .names(directory: Self.enabledSites)])
    if case .there? = known.answer(.file(path: Self.path)) {
      probes.formUnion([.output(question: Self.newer), .output(question: Self.unread)])
    }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    for folder in sites + writable { try ApacheWord.check(path: folder.text) }
    let isNew = try !host.hasPackage("apache2")
    var proposal = try ApacheFiles.install(["apache2"], on: host)
    proposal.append(
      try ownedFile(
        Self.path, contents: text, mode: 0o644, subject: "apache sandbox", risk: .service, on: host))
    let folders = writable.map(\.text).joined(separator: ", ")
    proposal.describeNewFile("apache sandbox", as: "all read-only but \(folders.isEmpty ? "its own logs" : folders)")
    if try hasOtherSites(host), let index = proposal.changes.firstIndex(where: { $0.subject == "apache sandbox" }) {
      proposal.changes[index].warning = "can break what other sites of this host write"
    }
    let runs = try host.unit(ApacheFiles.unit).value?.isActive ?? false
    let isActive = isNew || runs
    var isOlder = false
    var isUnread = !proposal.steps.isEmpty
    if try host.file(Self.path).isThere {
      let newer = try host.output(Self.newer).value?.output ?? ""
      isOlder = isActive && !newer.isEmpty
      if try host.output(Self.unread).value?.output.hasSuffix("=yes\n") ?? false { isUnread = true }
    }
    guard !proposal.steps.isEmpty || isOlder else { return proposal }
    if proposal.changes.isEmpty {
      proposal.changes.append(
        Change("apache sandbox", from: "not in force yet", to: "in force after a restart", risk: .service))
    }
    if isUnread {
      let read = CommandResult(status: 0, output: "NeedDaemonReload=no\n")
      proposal.steps.append(
        Step(
          .run(command: Command("/usr/bin/systemctl", ["daemon-reload"])),
          effects: [.answers(probe: .output(question: Self.unread), answer: .there(value: .output(read)))],
          footprint: Footprint(paths: [Self.path]), title: "read unit files again"))
    }
    if isActive {
      let started = Effect.answers(
        probe: .output(question: Self.newer), answer: .there(value: .output(CommandResult(status: 0, output: ""))))
      proposal.steps.append(
        Step(
          .reload(
            unit: ApacheFiles.unit, restart: true, check: ApacheConfiguration.check, listening: [80]), risk: .service,
          effects: [started]))
    }
    return proposal
  }

  private static let enabledSites = ApacheFiles.root / "sites-enabled"

  /// Whether Apache serves more than Debian's own page and harden's sites.
  private func hasOtherSites(_ host: Observations) throws(Diagnostic) -> Bool {
    guard case .there(let names) = try host.names(in: Self.enabledSites) else { return false }
    return names.contains { $0 != "000-default.conf" && !$0.hasPrefix("harden-") && !$0.hasPrefix("000-harden-") }
  }

  /// `-` before a path: it may be missing. Without CAP_KILL the first reload ends Apache, without CAP_CHOWN mod_wsgi's
  /// socket cannot be given to its processes. apachectl makes /run/apache2 at each boot by the umask, and the web user has
  /// to pass through it to mod_wsgi's socket: so systemd makes it.
  private var text: String {
    // What systemd.exec(5) hides by `yes`.
    let isHome = (sites + writable).contains { path in
      ["/home", "/root", "/run/user"].contains { path.isWithin($0) }
    }
    let own = ["/var/log/apache2", "/var/cache/apache2", "/run", "-/var/spool/postfix"]
    let paths = own + writable.map { "-\($0)" }
    return """
      # Written by harden.
      [Service]
      ProtectSystem=strict
      ProtectHome=\(isHome ? "read-only" : "yes")
      ReadWritePaths=\(paths.joined(separator: " "))
      CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_CHOWN CAP_KILL
      ProtectKernelTunables=yes
      ProtectKernelModules=yes
      ProtectKernelLogs=yes
      ProtectControlGroups=yes
      ProtectClock=yes
      ProtectHostname=yes
      ProtectProc=invisible
      ProcSubset=pid
      PrivateDevices=yes
      DevicePolicy=closed
      KeyringMode=private
      RestrictNamespaces=yes
      RestrictRealtime=yes
      RestrictSUIDSGID=yes
      RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
      LockPersonality=yes
      MemoryDenyWriteExecute=yes
      SystemCallArchitectures=native
      SystemCallFilter=@system-service
      SystemCallErrorNumber=EPERM
      UMask=0027
      RuntimeDirectory=apache2
      RuntimeDirectoryMode=0755
      RuntimeDirectoryPreserve=yes

      """
  }
}
