/// The release, the names and the addresses of a host.
public struct HostFacts: Hashable, Codable, Sendable {
  /// `ID` of `os-release(5)`: `debian`, `ubuntu`.
  public var system: String
  /// `VERSION_ID`: `12`, `24.04`.
  public var version: String
  public var prettyName: String
  public var hostName: String
  public var timeZone: String
  /// Addresses of its interfaces that are up, loopback and link-local ones left out.
  public var addresses: [String]
  /// By how many ways packets come in and go out: IPv4 default routes, or interfaces with an IPv4 address or route that
  /// are no bridges, whichever are more.
  public var uplinks: Int
  /// Whether rules beside the kernel's own three choose IPv4 routes: by a mark, by where a packet comes from.
  public var hasRoutingRules: Bool

  public init(
    system: String, version: String, prettyName: String, hostName: String, timeZone: String, addresses: [String],
    uplinks: Int, hasRoutingRules: Bool = false
  ) {
    self.system = system
    self.version = version
    self.prettyName = prettyName
    self.hostName = hostName
    self.timeZone = timeZone
    self.addresses = addresses
    self.uplinks = uplinks
    self.hasRoutingRules = hasRoutingRules
  }
}

/// Who runs harden, and from where they came.
public struct Operator: Hashable, Codable, Sendable {
  public var user: String
  public var isRoot: Bool
  /// The account that logged in and became this user through sudo or su; nil where nobody did.
  public var login: String?
  /// The address the login came from; nil when unknown (a console).
  public var address: String?
  /// Where the address was found: `SSH_CONNECTION`, `an ancestor's SSH_CONNECTION`, `--from`.
  public var addressSource: String?
  /// The address and port on this host that the login came to.
  public var localAddress: String?
  public var localPort: UInt16?
  /// The program of this host that the login came through; nil where it came straight from outside, or that is not known.
  public var relay: Relay?
  /// The virtual private network that the login came through, where its other end reaches for this one.
  public var tunnel: Tunnel?

  public init(
    user: String, isRoot: Bool, login: String? = nil, address: String? = nil, addressSource: String? = nil,
    localAddress: String? = nil, localPort: UInt16? = nil, relay: Relay? = nil, tunnel: Tunnel? = nil
  ) {
    self.user = user
    self.isRoot = isRoot
    self.login = login
    self.address = address
    self.addressSource = addressSource
    self.localAddress = localAddress
    self.localPort = localPort
    self.relay = relay
    self.tunnel = tunnel
  }

  /// Whether sshd takes this host itself for where the login came from: behind a proxy, a tunnel, `ssh localhost`.
  public var isOfThisHost: Bool { address.map(NetworkAddress.isLoopback) ?? false }

  /// A proxy, whose address sshd takes for the visitor's, or the end of a tunnel.
  public struct Relay: Hashable, Codable, Sendable {
    /// Its process' short name: `sslh`, `haproxy`.
    public var process: String
    /// The ports by which visitors come to it; none where it was this host that began the connection, as a tunnel does.
    public var ports: [UInt16]
    /// Where the visitor comes from; nil when it is not known.
    public var address: String?

    public init(process: String, ports: [UInt16], address: String? = nil) {
      (self.process, self.ports, self.address) = (process, ports, address)
    }
  }
}

extension Operator {
  /// The end of a tunnel, whose own packets come in from outside.
  public struct Tunnel: Hashable, Codable, Sendable {
    public struct Door: Hashable, Codable, Sendable {
      /// `tcp` or `udp`.
      public var transport: String
      public var port: UInt16

      public init(transport: String, port: UInt16) { (self.transport, self.port) = (transport, port) }
    }

    /// `wireguard`, or the short name of the process that holds it: `openvpn`.
    public var program: String
    /// The interface of this host that it ends in: `wg0`.
    public var interface: String
    /// Where its packets come to; any of them will do.
    public var doors: [Door]
    /// Where they come from; nil when it is not known.
    public var address: String?

    public init(program: String, interface: String, doors: [Door], address: String? = nil) {
      (self.program, self.interface, self.doors, self.address) = (program, interface, doors, address)
    }
  }
}

/// What dpkg knows of a package: `dpkg-query -W`.
public struct PackageState: Hashable, Codable, Sendable {
  /// `${db:Status-Status}`: `installed`, `config-files`, `half-configured`, …
  public var status: String
  public var version: String

  public init(status: String, version: String) { (self.status, self.version) = (status, version) }
  public var isInstalled: Bool { status == "installed" }
}

/// What apt would do about a package that is missing, asked together with all the others: `apt-get -s install`.
public struct Candidate: Hashable, Codable, Sendable {
  /// Nil where apt says none: it does not know the package, or would install nothing of what was asked for.
  public var version: String?
  /// Whether no package source has it.
  public var isUnknown: Bool
  /// How many were asked for together, this one among them.
  public var asked: Int
  /// How many more come with all that were asked for.
  public var company: Int
  /// What goes for all that were asked for, with its version.
  public var removed: [String: String]
  /// Why apt would install nothing, in its words.
  public var refusal: String?

  public init(
    version: String?, isUnknown: Bool = false, asked: Int = 1, company: Int = 0, removed: [String: String] = [:],
    refusal: String? = nil
  ) {
    (self.version, self.isUnknown, self.asked, self.company) = (version, isUnknown, asked, company)
    (self.removed, self.refusal) = (removed, refusal)
  }

  /// As it is for what is installed after the first of them.
  var alone: Candidate { Candidate(version: version, isUnknown: isUnknown, refusal: refusal) }
}

/// What `systemctl show` says of a unit. An unknown unit is absent.
public struct UnitState: Hashable, Codable, Sendable {
  /// `UnitFileState`: `enabled`, `disabled`, `static`, `masked`, …; empty where there is no unit file.
  public var enablement: String
  /// `ActiveState`: `active`, `inactive`, `failed`, …
  public var activity: String
  /// For a timer, whether its next run is more than two days away; nil where it is not.
  public var isRare: Bool?

  public init(enablement: String, activity: String, isRare: Bool? = nil) {
    (self.enablement, self.activity, self.isRare) = (enablement, activity, isRare)
  }
  public var isEnabled: Bool { enablement == "enabled" || enablement == "static" || enablement == "alias" }
  public var isActive: Bool { activity == "active" || activity == "reloading" }
}

/// A socket that waits for connections (`ss -Htlnp`, `ss -Hulnp`).
public struct Listener: Hashable, Codable, Sendable {
  /// `tcp` or `udp`.
  public var transport: String
  /// Without brackets; `*` for every address.
  public var address: String
  public var port: UInt16
  /// The process' short name: `sshd`, `systemd` (a socket unit), `apache2`; empty when not root.
  public var process: String
  /// `/proc/PID/cmdline`, joined by blanks where the daemon overwrote it (sshd does).
  public var argv: [String]

  public init(transport: String, address: String, port: UInt16, process: String, argv: [String] = []) {
    self.transport = transport
    self.address = address
    self.port = port
    self.process = process
    self.argv = argv
  }
}
