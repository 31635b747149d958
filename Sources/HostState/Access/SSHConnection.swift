/// Whom a connection to sshd is for, from where and to where: what `sshd -T -C` is asked about.
package struct SSHConnection: Hashable, Sendable {
  package var user: String
  package var groups: Set<String>
  package var address: String
  package var localAddress: String
  package var localPort: UInt16

  /// Stands for a visitor of whom no address is known: RFC 5737 keeps 192.0.2.0/24 for nobody.
  package static let unknownAddress = "192.0.2.1"

  package init(user: String, groups: Set<String> = [], address: String, localAddress: String, localPort: UInt16) {
    self.user = user
    self.groups = groups
    self.address = address
    self.localAddress = localAddress
    self.localPort = localPort
  }

  /// What is in force for it: `sshd -T` with everything that a `Match` can ask about.
  ///
  /// `sshd -T` without `-C` ignores every `Match` block, and one with a key missing skips those that ask about it.
  ///
  /// - Parameter arguments: those that the daemon was started with.
  package func question(to arguments: [String]) -> Question {
    let connection = "user=\(user),host=\(address),addr=\(address),laddr=\(localAddress),lport=\(localPort)"
    var reads: [Path] = ["/etc/ssh"]
    let main = SSHDListener.mainFile(arguments)
    if !main.isWithin("/etc/ssh") { reads.append(main) }
    return Question(
      Command("/usr/sbin/sshd", ["-T"] + arguments + ["-C", connection]), reads: reads, readsAccounts: true,
      account: user, package: "openssh-server")
  }
}
