import HostState

/// What a file is that somebody gave in the place of a public key, as far as its own words tell.
///
/// Nothing of such a file is ever shown: half of these kinds are secrets, and the others would be long.
enum KeyFile: CaseIterable {
  case openSSHPrivate, pemPrivate, puttyPrivate, sshComPrivate, agePrivate, pgpPrivate
  case sshComPublic, pemPublic, pemRSAPublic, pgpPublic, certificate

  /// Nil for anything else, which may well be public keys.
  init?(_ text: String) {
    guard let kind = Self.allCases.first(where: { $0.marks.contains { text.firstRange(of: $0) != nil } }) else {
      return nil
    }
    self = kind
  }

  /// Texts of which each tells the kind: RFC 7468, RFC 4716, PuTTY's appendix C, openssh's PROTOCOL.key, age-keygen(1).
  private var marks: [String] {
    switch self {
    case .openSSHPrivate: ["BEGIN OPENSSH PRIVATE KEY"]
    case .pemPrivate: ["PRIVATE KEY-----"]
    case .puttyPrivate: ["PuTTY-User-Key-File-", "Private-Lines:", "Private-MAC:"]
    case .sshComPrivate: ["BEGIN SSH2 ENCRYPTED PRIVATE KEY"]
    case .agePrivate: ["AGE-SECRET-KEY-"]
    case .pgpPrivate: ["BEGIN PGP PRIVATE KEY BLOCK"]
    case .sshComPublic: ["BEGIN SSH2 PUBLIC KEY"]
    case .pemPublic: ["BEGIN PUBLIC KEY"]
    case .pemRSAPublic: ["BEGIN RSA PUBLIC KEY"]
    case .pgpPublic: ["BEGIN PGP PUBLIC KEY BLOCK"]
    case .certificate: ["BEGIN CERTIFICATE", "BEGIN TRUSTED CERTIFICATE"]
    }
  }

  var isPrivate: Bool {
    switch self {
    case .openSSHPrivate, .pemPrivate, .puttyPrivate, .sshComPrivate, .agePrivate, .pgpPrivate: true
    case .sshComPublic, .pemPublic, .pemRSAPublic, .pgpPublic, .certificate: false
    }
  }

  /// After “is” or “holds”.
  private var words: String {
    switch self {
    case .openSSHPrivate, .pemPrivate: "a private key"
    case .puttyPrivate: "a PuTTY private key"
    case .sshComPrivate: "a private key of SSH.com’s form"
    case .agePrivate: "an age private key"
    case .pgpPrivate: "a PGP private key"
    case .sshComPublic: "a public key of another form (RFC 4716)"
    case .pemPublic, .pemRSAPublic: "a public key of another form (PEM)"
    case .pgpPublic: "a PGP public key"
    case .certificate: "a certificate"
    }
  }

  /// What is wrong with giving such a file, and how to come to the line that is wanted.
  ///
  /// - Parameter setting: NAME=, with the account's name where one belongs in front of a file.
  func fault(of path: String, for input: String, setting: String) -> Diagnostic {
    let begin = "\(input) is to be read from “\(path)”, which holds \(words)."
    let given = Command.quoted("\(setting)@\(path).pub")
    let secret = " It must never leave your machine, and nothing of it was used."
    let (detail, fix): (String, String)
    switch self {
    case .openSSHPrivate, .pemPrivate:
      (detail, fix) = (secret + " The public half stands in the file that ends in .pub.", "--set \(given)")
    case .sshComPrivate:
      (detail, fix) = (
        secret + " OpenSSH reads it only without a passphrase. Convert it, then give the public half.",
        "ssh-keygen -i -f \(Command.quoted(path)) >id && ssh-keygen -y -f id >\(Command.quoted(path + ".pub"))"
      )
    case .puttyPrivate:
      (detail, fix) = (
        secret + " The line that is wanted is printed by puttygen -L; PuTTY Key Generator for Windows shows it after "
          + "Load, as “Public key for pasting into OpenSSH authorized_keys file”.",
        "puttygen -L \(Command.quoted(path)) >\(Command.quoted(path + ".pub"))"
      )
    case .agePrivate: (detail, fix) = (secret + " It opens files, not accounts.", "ssh-keygen -t ed25519")
    case .pgpPrivate:
      (detail, fix) = (secret + " GnuPG prints the line for SSH of a key that may authenticate.", Self.gnuPG)
    case .sshComPublic: (detail, fix) = (Self.converting, conversion("RFC4716", path))
    case .pemPublic: (detail, fix) = (Self.converting, conversion("PKCS8", path))
    case .pemRSAPublic: (detail, fix) = (Self.converting, conversion("PEM", path))
    case .pgpPublic: (detail, fix) = (" GnuPG prints the line for SSH of a key that may authenticate.", Self.gnuPG)
    case .certificate:
      (detail, fix) = (" What is wanted is the one line of an OpenSSH public key.", "cat ~/.ssh/id_ed25519.pub")
    }
    return Diagnostic(
      isPrivate ? "This is \(words)" : "Not a public key of OpenSSH", detail: begin + detail, fix: fix)
  }

  private static let gnuPG = "gpg --export-ssh-key YOUR-KEY"
  private static let converting = " OpenSSH reads it, and writes the one line that is wanted."

  private func conversion(_ form: String, _ path: String) -> String {
    "ssh-keygen -i -m \(form) -f \(Command.quoted(path)) >\(Command.quoted(path + ".pub"))"
  }
}
