/// What a site's file of harden's own says otherwise than it will, in words of what it does.
struct SiteDifference {
  private let old: Served
  private let new: Served

  init(from old: String, to new: String) { (self.old, self.new) = (Served(old), Served(new)) }

  /// Nil where it is not known in such words: edited by hand, or written by another release.
  func changes(_ subject: String) -> [Change]? {
    guard old.rest == new.rest else { return nil }
    let changes = [
      ("names", old.names.joined(separator: ", "), new.names.joined(separator: ", ")),
      ("HTTPS for", old.secure.joined(separator: ", "), new.secure.joined(separator: ", ")),
      ("HSTS", old.memory, new.memory),
    ].filter { $0.1 != $0.2 }.map { property, before, after in
      Change(subject, property, from: before.isEmpty ? nil : before, to: after.isEmpty ? nil : after)
    }
    return changes.isEmpty ? nil : changes
  }

  /// One text, read line by line.
  private struct Served {
    var names: [String] = []
    /// Those that answer on 443.
    var secure: [String] = []
    var memory = ""
    /// All that names and certificates have no part in, whichever virtual host it is in.
    var rest: Set<Substring> = []

    init(_ text: String) {
      var isSecure = false
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        switch words.first {
        case "<VirtualHost": isSecure = words.last == "*:443>"
        case "ServerName", "ServerAlias":
          let found = words.dropFirst().map { String($0) }
          names += found.filter { !names.contains($0) }
          if isSecure { secure += found }
        case "SSLEngine", "SSLCertificateFile", "SSLCertificateKeyFile": break
        default:
          if let age = words.last, age.hasPrefix("\"max-age="), words.contains("Strict-Transport-Security") {
            memory = "\(age.dropFirst("\"max-age=".count).prefix { $0 != "\"" }) s"
          } else if !Self.isOfNames(line) {
            rest.insert(line)
          }
        }
      }
    }

    private static func isOfNames(_ line: Substring) -> Bool {
      let text = line.drop { $0 == " " }
      return text.hasPrefix("RewriteCond \"%{HTTP_HOST}\"") || text.contains("[R=301,L]")
        || text.hasPrefix("Header onsuccess unset Strict-Transport-Security")
        || text == "# The certificate is not for these yet."
    }
  }
}
