extension SSHDaemon {
  /// Whether and how uid 0 may log in over SSH. Holds for every account with uid 0.
  public enum RootLogin: String, Hashable, Codable, Sendable {
    case never = "no"
    /// By key, never by password.
    case keysOnly = "prohibit-password"
    /// By keys with a forced command only.
    case forcedCommandsOnly = "forced-commands-only"
    case allowed = "yes"
  }

  /// Which TCP forwarding a session may ask for.
  public enum Forwarding: String, Hashable, Codable, Sendable {
    case none = "no"
    /// `ssh -L`: VS Code and database tunnels need it.
    case local
    case remote
    case all = "yes"
  }

  public enum LogLevel: String, Hashable, Codable, Sendable {
    case error = "ERROR"
    case info = "INFO"
    /// Also names the key that each login used.
    case verbose = "VERBOSE"
  }

  /// Key exchanges that are offered. All are free of known attacks; they differ in who can connect.
  public enum KeyExchange: String, Hashable, Codable, Sendable {
    /// Post-quantum first, then curve25519: every client since OpenSSH 6.5.
    case compatible
    /// Post-quantum alone: OpenSSH 8.5 and later; no client that Windows shipped before 2025.
    case postQuantumOnly
  }

  /// Which of its keys the host shows to clients.
  public enum HostKeys: String, Hashable, Codable, Sendable {
    case asTheyAre
    /// A client that knows only the ECDSA key is told that the host's identification changed.
    case ed25519AndRSA
  }

  /// sshd's further settings, with defaults that keep key logins working everywhere: sshd_config(5).
  public struct Options: Hashable, Codable, Sendable {
    /// Scanners want 3, but an agent that holds several keys is then refused before it came to the right one.
    public var maxAuthTries: Int
    /// Sessions over one connection; nil leaves it alone. 2, as scanners want it, breaks multiplexed clients.
    public var maxSessions: Int?
    /// Seconds to log in.
    public var loginGraceTime: Int
    /// Unauthenticated connections: from how many on, with what chance in percent, and at how many all are dropped.
    public var maxStartups: [Int]
    /// Seconds of silence after which the client is asked for a sign of life.
    public var clientAliveInterval: Int
    public var clientAliveCountMax: Int
    public var tcpKeepAlive: Bool
    public var compression: Bool
    public var logLevel: LogLevel
    public var x11Forwarding: Bool
    public var agentForwarding: Bool
    public var tcpForwarding: Forwarding
    public var tunnels: Bool
    /// Whether the greeting names Debian's revision of OpenSSH.
    public var debianBanner: Bool
    /// Bits below which RSA keys are refused, of users and of the host.
    public var requiredRSASize: Int
    public var keyExchange: KeyExchange
    public var hostKeys: HostKeys
    /// Whether ciphers, MACs, key exchanges and host key algorithms are narrowed to those without known weakness.
    public var modernAlgorithms: Bool

    public init(
      maxAuthTries: Int = 6, maxSessions: Int? = nil, loginGraceTime: Int = 30, maxStartups: [Int] = [10, 30, 60],
      clientAliveInterval: Int = 300, clientAliveCountMax: Int = 2, tcpKeepAlive: Bool = false,
      compression: Bool = false, logLevel: LogLevel = .verbose, x11Forwarding: Bool = false,
      agentForwarding: Bool = false, tcpForwarding: Forwarding = .local, tunnels: Bool = false,
      debianBanner: Bool = false, requiredRSASize: Int = 2048, keyExchange: KeyExchange = .compatible,
      hostKeys: HostKeys = .asTheyAre, modernAlgorithms: Bool = true
    ) {
      self.maxAuthTries = maxAuthTries
      self.maxSessions = maxSessions
      self.loginGraceTime = loginGraceTime
      self.maxStartups = maxStartups
      self.clientAliveInterval = clientAliveInterval
      self.clientAliveCountMax = clientAliveCountMax
      self.tcpKeepAlive = tcpKeepAlive
      self.compression = compression
      self.logLevel = logLevel
      self.x11Forwarding = x11Forwarding
      self.agentForwarding = agentForwarding
      self.tcpForwarding = tcpForwarding
      self.tunnels = tunnels
      self.debianBanner = debianBanner
      self.requiredRSASize = requiredRSASize
      self.keyExchange = keyExchange
      self.hostKeys = hostKeys
      self.modernAlgorithms = modernAlgorithms
    }
  }
}
