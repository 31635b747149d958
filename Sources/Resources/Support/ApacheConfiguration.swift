/// Apache's directives in the order in which they come into force, as mod_info's dump prints them.
///
/// mod_info need not be enabled: `-C` loads it into the process that only looks.
package struct ApacheConfiguration {
  private static let dump = Command(
    "/usr/sbin/apachectl",
    ["-t", "-D", "DUMP_CONFIG", "-C", "LoadModule info_module /usr/lib/apache2/modules/mod_info.so"],
    accepted: [0, 1])
  package static let question = Question(dump, reads: ["/etc/apache2"], package: "apache2")

  /// The same of what is there and stays, with these planned files alone: what Apache can be asked while a package that
  /// its sites need, such as a module, is still to come.
  static func standing(_ files: [Path]) -> Question { Question(dump, reads: files, package: "apache2") }

  static let check = Command("/usr/sbin/apachectl", ["configtest"])

  package struct Directive: Hashable, Sendable {
    package let name: String
    package let arguments: String
    package let file: String
    package let line: Int
    /// The sections it stands in, outermost first: `<VirtualHost *:80>`.
    package let sections: [String]

    /// File and line as a plan prints them, relative to Apache's folder.
    var place: String { "\(fileName):\(line)" }
    var fileName: String { ApacheConfiguration.relative(file) }
  }
  package let directives: [Directive]

  static func relative(_ file: String) -> String {
    let folder = "/etc/apache2/"
    return file.hasPrefix(folder) ? String(file.dropFirst(folder.count)) : file
  }

  /// A `<VirtualHost>` without a ServerName: it answers for the server's own name (core, ServerName).
  struct NamelessHost: Hashable {
    let file: String
    let line: Int
  }
  let namelessHosts: [NamelessHost]

  /// What `apache2ctl -t -D DUMP_CONFIG` printed.
  static let parsed = Parsed { ApacheConfiguration(dump: $0) }

  /// Lines such as `# In file: /etc/apache2/apache2.conf`, `#  87:` and then the directive itself.
  package init(dump: String) {
    var directives: [Directive] = []
    var (file, number) = ("", 0)
    var sections: [String] = []
    var (nameless, host): ([NamelessHost], NamelessHost?) = ([], nil)
    for line in dump.lines {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("# In file: ") {
        file = String(text.dropFirst("# In file: ".count))
      } else if text.hasPrefix("#"), text.hasSuffix(":"),
        let read = Int(text.dropFirst().dropLast().drop { $0 == " " })
      {
        number = read
      } else if text.hasPrefix("</") {
        _ = sections.popLast()
        if text.lowercased().hasPrefix("</virtualhost") {
          if let host { nameless.append(host) }
          host = nil
        }
      } else if text.hasPrefix("<") {
        sections.append(String(text))
        if text.lowercased().hasPrefix("<virtualhost") { host = NamelessHost(file: file, line: number) }
      } else if !text.isEmpty {
        let parts = text.split(separator: " ", maxSplits: 1)
        if parts[0].lowercased() == "servername" { host = nil }
        directives.append(
          Directive(
            name: String(parts[0]), arguments: parts.count > 1 ? String(parts[1]) : "", file: file, line: number,
            sections: sections))
      }
    }
    (self.directives, namelessHosts) = (directives, nameless)
  }

  /// The last one outside of any section: what counts where no virtual host says otherwise.
  func global(_ name: String) -> Directive? {
    directives.last { $0.sections.isEmpty && $0.name.lowercased() == name.lowercased() }
  }

  /// Those inside of sections, which beat the global one there.
  func local(_ name: String) -> [Directive] {
    directives.filter { !$0.sections.isEmpty && $0.name.lowercased() == name.lowercased() }
  }
}
