import HostState

/// ufw's own files; what is in force is the packet filter's to say.
enum UFWReading {
  static func answer() -> Answer<Fact> {
    var texts: [String] = []
    for path in ["/etc/ufw/ufw.conf", "/etc/default/ufw", "/etc/ufw/user.rules", "/etc/ufw/user6.rules"] {
      switch SmallFile.text(path) {
      case .read(let text): texts.append(text)
      case .absent:
        // The package is not there, or was purged.
        if texts.isEmpty { return .absent }
        texts.append("")
      case .unreadable(let reason): return .unreadable(reason: "\(path): \(reason)")
      }
    }
    return .there(value: .ufw(parse(configuration: texts[0], defaults: texts[1], rules: texts[2], rules6: texts[3])))
  }

  static func parse(configuration: String, defaults: String, rules: String, rules6: String) -> UFWFiles {
    let defaults = SmallFile.assignments(defaults)
    func policy(_ chain: String, else fallback: String) -> String {
      switch defaults["DEFAULT_\(chain)_POLICY"]?.uppercased() {
      case "ACCEPT": "allow"
      case "DROP": "deny"
      case "REJECT": "reject"
      default: fallback
      }
    }
    return UFWFiles(
      enabled: SmallFile.assignments(configuration)["ENABLED"]?.lowercased() == "yes",
      ipv6: defaults["IPV6"]?.lowercased() == "yes", incoming: policy("INPUT", else: "deny"),
      outgoing: policy("OUTPUT", else: "allow"), routed: policy("FORWARD", else: "deny"), rules: tuples(rules),
      rules6: tuples(rules6))
  }

  private static func tuples(_ text: String) -> [String] {
    let mark = "### tuple ### "
    return text.lines.filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
  }
}
