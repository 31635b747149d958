/// Kernel settings, in force and kept by a file of harden's own.
///
///     KernelSettings()                                       // what Lynis and the CIS benchmark ask for, less what breaks hosts
///     KernelSettings(["net.ipv4.tcp_syncookies": 1])         // that, and one more
///
/// Judged by the value in force: ufw writes some of these keys each time it starts, after every file was read.
/// `*` in a key stands for every network interface. It is needed: a host that does not forward accepts redirects when
/// `all` *or* the interface does (Linux, ip-sysctl.rst), and an interface that is older than the file keeps its own value.
/// In a container everything but `net.` belongs to the machine around it, and so does what is mounted read-only: there the
/// file alone is kept.
public struct KernelSettings: Resource {
  let settings: [String: String]
  /// Those of its own choice whose value hangs on the ways that packets take.
  let routed: Set<String>

  /// - Parameter defaults: Whether `settings` add to (and win over) the usual ones.
  public init(_ settings: [String: Int] = [:], defaults: Bool = true) {
    var all = defaults ? Self.defaults : [:]
    for (key, value) in settings { all[key] = value }
    self.settings = all.mapValues(String.init)
    routed = defaults ? Self.reversePath.filter { settings[$0] == nil } : []
  }

  public var address: String { "sysctl" }

  public static var examples: [KernelSettings] {
    [KernelSettings(), KernelSettings(["net.ipv4.tcp_syncookies": 1], defaults: false)]
  }

  /// Later than every other file there is: `99-sysctl.conf` is the usual last one.
  static let file: Path = "/etc/sysctl.d/zz-harden.conf"
  /// Written by systemd at boot, in every kind of container (systemd's Container Interface).
  private static let containerMark: Path = "/run/systemd/container"
  private static let ufwFile: Path = "/etc/ufw/sysctl.conf"

  public func probes(given known: Observations) -> Set<Probe> {
    var probes = ownedFileProbes(Self.file)
    probes.formUnion([.file(path: Self.containerMark), .contents(path: Self.ufwFile), SealedSettings.probe])
    if !routed.isEmpty { probes.insert(.host) }
    for pattern in settings.keys {
      for probe in KernelKey(pattern).directory.map({ [Probe.names(directory: $0)] }) ?? [] { probes.insert(probe) }
      for key in Self.keys(pattern, known) { probes.insert(.sysctl(key: key)) }
    }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let settings = try settings(on: host)
    var proposal = try ownedFile(
      Self.file, contents: Self.text(settings), mode: 0o644, subject: Self.file.text, on: host)
    // The file last, and with all that it sets: after a boot that came between, values are there that no step had set.
    var fileSteps = proposal.steps
    // What can shut somebody out waits until that can be taken back by itself; the rest does not wait for it.
    var (harmless, closing): ([Step], [Step]) = ([], [])
    var atBoot: [String: String] = [:]
    let isContainer = try host.file(Self.containerMark).value != nil
    let sealed = try SealedSettings(on: host)
    var outOfReach: [String] = []
    var unknown: [String] = []
    for (pattern, wanted) in settings.sorted(by: { $0.key < $1.key }) {
      var differing: [(key: String, value: String)] = []
      var found = 0
      for key in Self.keys(pattern, host) {
        guard let value = try host.sysctl(key).known("kernel setting \(key)") else { continue }
        found += 1
        atBoot[key] = wanted
        if value.singleSpaced != wanted { differing.append((key, value.singleSpaced)) }
      }
      if found == 0 { unknown.append(pattern) }
      let isOuter = isContainer && !pattern.hasPrefix("net.")
      let (outer, own) = differing.parted { isOuter || sealed.include($0.key) }
      if !outer.isEmpty { outOfReach.append("\(pattern) \(KernelKey(pattern).words(for: outer))") }
      if own.isEmpty { continue }
      let before = KernelKey(pattern).words(for: own)
      let steps = own.map { (key, value) in
        Step(.setSysctl(key: key, value: wanted), risk: Risk(setting: key, from: value.singleSpaced, to: wanted))
      }
      let risk = steps.map(\.risk).max() ?? .none
      proposal.changes.append(Change("kernel", pattern, from: before, to: wanted, risk: risk))
      if risk == .closes { closing += steps } else { harmless += steps }
    }
    for index in fileSteps.indices {
      // At the next boot it does what these do.
      if !closing.isEmpty { fileSteps[index].risk = .closes }
      if case .write = fileSteps[index].action { fileSteps[index].footprint.sysctlsAtBoot = atBoot }
    }
    proposal.steps = harmless + closing + fileSteps
    if !outOfReach.isEmpty {
      let list = outOfReach.joined(separator: ", ")
      proposal.notes.append(
        isContainer
          ? "in a container these are the outer machine's to set: \(list) in force; "
            + "\(Self.file) says otherwise for a host of its own"
          : "these are mounted read-only here, and cannot be set: \(list) in force; "
            + "\(Self.file) says otherwise for a boot after which they can")
    }
    if !unknown.isEmpty {
      proposal.notes.append("not in this kernel, kept in the file alone: \(unknown.joined(separator: ", "))")
    }
    if settings.count < self.settings.count {
      proposal.notes.append(
        "rp_filter is left as it is: rules beside the kernel's own three choose routes here (ip rule), and an answer may "
          + "go by another way than what it answers came by")
    }
    proposal.notes += try contradictions(settings, sealed, host)
    return proposal
  }

  /// Strict reverse path filtering (1) drops what comes by another way than the answer takes; with several ways in, loose
  /// (2) does not (RFC 3704 §2.4). Both look for that way without the packet's mark (`fib_validate_source`), so where rules
  /// choose routes even loose may drop what is answered today.
  private func settings(on host: Observations) throws(Diagnostic) -> [String: String] {
    guard !routed.isEmpty, let facts = try host.host().value else { return settings }
    if facts.hasRoutingRules { return settings.filter { !routed.contains($0.key) } }
    guard facts.uplinks > 1 else { return settings }
    return settings.merging(routed.map { ($0, "2") }) { $1 }
  }

  /// Keys that a pattern stands for, as far as the interfaces are known.
  private static func keys(_ pattern: String, _ known: Observations) -> [String] {
    let key = KernelKey(pattern)
    guard let directory = key.directory else { return [pattern] }
    guard case .there(.names(let names))? = known.answer(.names(directory: directory)) else { return [] }
    // `default` after the interfaces: the kernel hands it on to those whose own value nobody has set yet
    // (`devinet_copy_dflt_conf`), and a step that finds its work done does not know what was there before.
    let (common, interfaces) = names.parted { ["all", "default"].contains($0) }
    return (interfaces + common).map(key.naming)
  }

  private static func text(_ settings: [String: String]) -> String {
    let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }
    return "# Owned by harden, which writes this file whole.\n" + lines.joined()
  }

  /// Lines by which ufw takes a setting back each time it starts: `net/ipv4/conf/all/log_martians=0`.
  private func contradictions(
    _ settings: [String: String], _ sealed: SealedSettings, _ host: Observations
  ) throws(Diagnostic) -> [String] {
    guard let text = try host.contents(Self.ufwFile).value else { return [] }
    var notes: [String] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
      let key = SysctlKey.dotted(String(line[..<equals].filter { $0 != " " }))
      let value = line[line.index(after: equals)...].singleSpaced
      // What is left as it is, ufw may still tighten.
      if let wanted = settings[key] ?? self.settings[key].map({ _ in "0" }), wanted != value, !sealed.include(key) {
        notes.append("ufw sets \(key) to \(value) each time it starts: \(Self.ufwFile):\(number + 1)")
      }
    }
    return notes
  }

  private static let reversePath: Set<String> = ["net.ipv4.conf.all.rp_filter", "net.ipv4.conf.default.rp_filter"]

  /// Left out on purpose: `kernel.modules_disabled` (ufw and Docker load modules), `kernel.unprivileged_bpf_disabled=1`
  /// (Debian's 2 disables it too and can be taken back), `accept_ra`, `ip_forward` (Docker) and
  /// `unprivileged_userns_clone` (rootless containers).
  static let defaults: [String: Int] = [
    "net.ipv4.conf.*.accept_redirects": 0,
    "net.ipv4.conf.*.secure_redirects": 0,
    "net.ipv4.conf.*.send_redirects": 0,
    "net.ipv4.conf.*.accept_source_route": 0,
    "net.ipv4.conf.all.rp_filter": 1,
    "net.ipv4.conf.default.rp_filter": 1,
    "net.ipv6.conf.*.accept_redirects": 0,
    "net.ipv6.conf.*.accept_source_route": 0,
    "net.ipv4.tcp_rfc1337": 1,
    "kernel.kptr_restrict": 2,
    "kernel.dmesg_restrict": 1,
    "kernel.yama.ptrace_scope": 1,
    "kernel.perf_event_paranoid": 3,
    "kernel.sysrq": 0,
    "kernel.core_uses_pid": 1,
    "fs.suid_dumpable": 0,
    "fs.protected_fifos": 2,
    "fs.protected_regular": 2,
    "dev.tty.ldisc_autoload": 0,
    "net.core.bpf_jit_harden": 2,
  ]
}

/// A key such as `net.ipv4.conf.*.accept_redirects`, taken apart at its star.
private struct KernelKey {
  /// `net.ipv4.conf.`
  let prefix: String
  /// `.accept_redirects`
  let suffix: String
  /// Where the names are listed that the star stands for; nil without a star.
  let directory: Path?

  init(_ pattern: String) {
    guard let star = pattern.firstIndex(of: "*") else {
      (prefix, suffix, directory) = (pattern, "", nil)
      return
    }
    prefix = String(pattern[..<star])
    suffix = String(pattern[pattern.index(after: star)...])
    directory = SysctlKey.path(prefix)
  }

  /// The key of one interface: `net.ipv4.conf.eth0/5.accept_redirects` of the VLAN eth0.5.
  func naming(_ interface: String) -> String { prefix + SysctlKey.swapped(interface, in: prefix) + suffix }

  /// `1 on default, host0`; the value alone without a star.
  func words(for differing: [(key: String, value: String)]) -> String {
    if directory == nil { return differing.first?.value ?? "" }
    var names: [String: [String]] = [:]
    for (key, value) in differing {
      let interface = String(key.dropFirst(prefix.count).dropLast(suffix.count))
      names[value, default: []].append(SysctlKey.swapped(interface, in: prefix))
    }
    return names.sorted { $0.key < $1.key }.map { "\($0.key) on \($0.value.sorted().joined(separator: ", "))" }
      .joined(separator: "; ")
  }
}
