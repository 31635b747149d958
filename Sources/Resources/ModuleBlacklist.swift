/// Kernel modules that are never loaded: network protocols and file systems that no server needs.
///
///     ModuleBlacklist()
///     ModuleBlacklist("usb-storage", "cramfs")
///
/// `blacklist` stops loading by alias, `install` by name (modprobe.d(5)). `/bin/true`, since Lynis counts no other.
/// A module that is in the kernel already stays until the next boot, and is named.
public struct ModuleBlacklist: Resource {
  let modules: [String]

  public init(_ modules: String...) { self.modules = modules.isEmpty ? Self.unneeded : modules }

  public var address: String { "modules" }

  public static var examples: [ModuleBlacklist] { [ModuleBlacklist(), ModuleBlacklist("usb-storage")] }

  static let file: Path = "/etc/modprobe.d/harden.conf"
  private static let loaded: Path = "/sys/module"

  public func probes(given known: Observations) -> Set<Probe> {
    ownedFileProbes(Self.file).union([.names(directory: Self.loaded)])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    var text = "# Owned by harden, which writes this file whole.\n"
    for module in modules { text += "install \(module) /bin/true\nblacklist \(module)\n" }
    var proposal = try ownedFile(Self.file, contents: text, mode: 0o644, subject: Self.file.text, on: host)
    let loaded = Set(try host.names(in: Self.loaded).value ?? [])
    // The kernel lists modules with underscores.
    let still = modules.filter { loaded.contains(String($0.map { $0 == "-" ? "_" : $0 })) }
    if !still.isEmpty { proposal.notes.append("in the kernel until the next boot: \(still.joined(separator: ", "))") }
    return proposal
  }

  static let unneeded = [
    "dccp", "sctp", "rds", "tipc", "usb-storage", "firewire-core", "firewire-ohci", "firewire-sbp2", "cramfs",
    "freevxfs", "hfs", "hfsplus", "jffs2",
  ]
}
