import Glibc
import HostState

/// Who gets in as the host is, and as an undo would leave it.
struct UndoOutlook {
  let today: WaysIn
  let then: WaysIn

  /// Why it must not be done.
  func objection(_ run: Int) -> Diagnostic? {
    if then.isShut(comparedWith: today) { return .nobodyWouldGetIn(run, then, today) }
    return then.isPowerless(comparedWith: today) ? .nobodyWouldBecomeRoot(run, then, today) : nil
  }
}

/// Who would get in over SSH once an undo is done, and become root: what it puts back, laid over the host as it is.
///
/// An undo that shuts everybody out, or leaves nobody who could mend the host, is refused before its first step;
/// afterwards it could only be deplored.
struct UndoForesight {
  /// The last word on each thing: of several steps that changed it, the oldest one's.
  private let restorations: [ImageItem: Restoration]
  private let blobs: [BlobStore]

  /// - Parameter restorations: newest step first.
  init(_ restorations: [Restoration], _ journals: [Journal]) {
    self.restorations = restorations.lastOnEach
    blobs = journals.map(\.blobs)
  }

  /// Whether anything is put back that decides who gets in.
  private var concernsAccess: Bool {
    restorations.keys.contains { item in
      switch item {
      case .path(let path): Self.decides(Path(path))
      case .line(let file, _): ["passwd", "shadow"].contains(file)
      case .member, .rules: true
      case .attributes, .listening, .activity, .sysctl, .table: false
      }
    }
  }

  /// - Parameter ways: who gets in, over what is changed of the host.
  /// - Returns: why it must not be done; nil where somebody gets in who is root or becomes it, or nobody did before, or
  ///   that cannot be told.
  func objection(_ run: Int, ways: (_ over: Observations?) -> WaysIn = Self.ways) -> Diagnostic? {
    outlook(ways: ways)?.objection(run)
  }

  /// Who gets in today and then; nil where nothing is put back that decides that.
  func outlook(ways: (_ over: Observations?) -> WaysIn = Self.ways) -> UndoOutlook? {
    guard concernsAccess else { return nil }
    let today = ways(nil)
    let prober = Prober()
    let filter = prober.answers(to: [Inquiry(.packetFilter)])[Inquiry(.packetFilter)]
    return UndoOutlook(today: today, then: ways(laid(over: filter)))
  }

  private static func ways(over changed: Observations?) -> WaysIn {
    changed.map { WaysIn.now(over: $0, isForeseen: true) } ?? WaysIn.now()
  }

  /// The host with all of it put back, as far as it decides who gets in.
  func laid(over filter: Answer<Fact>?) -> Observations {
    var host = Observations()
    for (item, restoration) in restorations.sorted(by: { $0.key < $1.key }) {
      guard case .path(let text) = item, Self.decides(Path(text)) else { continue }
      if let action = action(at: Path(text), restoration.target) { host.fold(Step(action)) }
    }
    var effects = [Effect.answers(probe: .accounts, answer: .there(value: .accounts(accounts)))]
    if case .there(.packetFilter(var rules))? = filter {
      if let text = text(ofRules: "iptables") { rules.ipv4 = PacketFilterReading.lines(text) }
      if let text = text(ofRules: "ip6tables") { rules.ipv6 = PacketFilterReading.lines(text) }
      effects.append(.answers(probe: .packetFilter, answer: .there(value: .packetFilter(rules))))
    }
    host.fold(Step(.run(command: Command("/bin/true")), effects: effects))
    return host
  }

  private static let folders: [Path] = [
    "/etc/hosts.allow", "/etc/hosts.deny", "/etc/nologin", "/etc/pam.d", "/etc/security", "/etc/ssh",
    "/etc/sudoers", "/etc/sudoers.d", "/etc/systemd/system/ssh.socket.d",
  ]

  private static func decides(_ path: Path) -> Bool {
    folders.contains { path.isWithin($0) } || path.name == "authorized_keys"
  }

  private func action(at path: Path, _ target: ImageValue) -> Action? {
    switch target {
    case .absent: return .remove(path: path, check: nil)
    case .entry(let entry):
      guard entry.kind == .file, let digest = entry.digest,
        let bytes = blobs.lazy.compactMap({ try? $0.bytes(digest) }).first
      else { return nil }
      return .write(
        path: path, contents: String(decoding: bytes, as: UTF8.self), mode: entry.mode,
        owner: Owners.owner(entry.user, entry.group), check: nil)
    case .attributes, .text: return nil
    }
  }

  private func text(ofRules family: String) -> String? {
    guard case .text(let text)? = restorations[.rules(family: family)]?.target else { return nil }
    return text
  }

  private var accounts: Accounts {
    func text(_ file: String) -> String {
      let bytes = (try? SafeFiles.read(AccountImages.path(file))) ?? nil
      return String(
        decoding: AccountFileEdit(file, Array(restorations.values), staying: []).applied(to: bytes ?? []), as: UTF8.self
      )
    }
    return Accounts(
      passwd: text("passwd"), shadow: text("shadow"), groups: text("group"), loginDefinitions: "",
      today: time(nil) / 86_400)
  }
}

extension Diagnostic {
  fileprivate static func nobodyWouldGetIn(_ run: Int, _ then: WaysIn, _ today: WaysIn) -> Diagnostic {
    Diagnostic(
      "Nobody would get in any more",
      detail: "With run \(run) taken back, "
        + (then.obstacle ?? "sshd would admit no account with a key or a password of its own")
        + ". Today it admits \(today.accounts.sorted().joined(separator: ", ")). Nothing was taken back. Give somebody "
        + "a way in first: a password of root's, a key in /root/.ssh/authorized_keys.",
      fix: "harden undo \(run) --force")
  }

  fileprivate static func nobodyWouldBecomeRoot(_ run: Int, _ then: WaysIn, _ today: WaysIn) -> Diagnostic {
    let admitted = then.accounts.sorted().joined(separator: ", ")
    return Diagnostic(
      "Nobody who gets in could become root any more",
      detail: "With run \(run) taken back, "
        + "sshd would admit \(admitted), without sudo for everything; root itself would not get in, and has no "
        + "password for su. Today root is to be had by \(today.masters.sorted().joined(separator: ", ")). "
        + "Nothing was taken back. Give somebody a way to root first: a password of root's, a key in "
        + "/root/.ssh/authorized_keys, sudo.",
      fix: "harden undo \(run) --force")
  }
}
