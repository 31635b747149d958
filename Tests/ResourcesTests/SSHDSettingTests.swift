import Testing

@testable import Resources

@Suite("What a value of sshd's lets through")
struct SSHDSettingTests {
  @Test(
    "more than the one found, or not",
    arguments: [
      ("MaxAuthTries", "2", ["3"], true), ("MaxAuthTries", "6", ["3"], false),
      ("LoginGraceTime", "20", ["30"], true), ("LoginGraceTime", "120", ["30"], false),
      ("LoginGraceTime", "20", ["0"], true), ("LoginGraceTime", "0", ["30"], false),
      ("RequiredRSASize", "4096", ["3072"], true), ("RequiredRSASize", "1024", ["3072"], false),
      ("AllowUsers", "ana", ["ana", "ben"], true), ("AllowUsers", "ana cid", ["ana", "ben"], false),
      ("AllowUsers", "ana", ["ana"], false), ("PermitRootLogin", "no", ["prohibit-password"], true),
      ("PermitRootLogin", "without-password", ["no"], false), ("PermitRootLogin", "yes", ["prohibit-password"], false),
      ("PasswordAuthentication", "no", ["yes"], true), ("PasswordAuthentication", "yes", ["no"], false),
      ("PubkeyAuthentication", "no", ["yes"], true), ("AllowTcpForwarding", "no", ["local"], true),
      ("AuthenticationMethods", "publickey,password publickey,keyboard-interactive", ["publickey"], true),
      ("AuthenticationMethods", "publickey,password", ["publickey"], true),
      ("AuthenticationMethods", "any", ["publickey"], false),
      ("AuthenticationMethods", "publickey", ["publickey"], false),
      ("AuthenticationMethods", "publickey password", ["publickey"], false),
      ("AuthenticationMethods", "password", ["publickey"], false),
      ("MaxStartups", "10:30:60", ["10:30:100"], false),
    ])
  func loosens(_ keyword: String, _ found: String, _ wanted: [String], _ isLooser: Bool) {
    #expect(SSHDSetting(keyword, wanted).loosens(found) == isLooser)
  }
}
