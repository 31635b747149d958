/// One rule of ufw's, as the `### tuple ###` lines of /etc/ufw/user.rules keep it.
struct UFWRule: Hashable, Sendable {
  var isV6: Bool
  /// Whether it is for packets that are passed on.
  var isRoute = false
  /// `allow`, `deny`, `reject`, `limit`.
  var action: String
  /// ``, `log`, `log-all`.
  var log = ""
  /// `any`, `tcp`, `udp`, `esp`, …
  var transport: String
  /// `any`, `22`, `80,443`, `6000:6007`.
  var port: String
  var destination: String
  var sourcePort = "any"
  var source: String
  /// Application profiles, nil where the rule was given by numbers.
  var profile: String?
  var sourceProfile: String?
  /// `in` or `out`.
  var direction = "in"
  var interface: String?
  var outInterface: String?
  var comment: String?

  static func anywhere(_ isV6: Bool) -> String { isV6 ? "::/0" : "0.0.0.0/0" }
}

// MARK: The text of a tuple

extension UFWRule {
  /// Nil when the text has another form than ufw 0.36 writes.
  init?(tuple: String, isV6: Bool) {
    var words = tuple.split(separator: " ").map(String.init)
    var comment: String?
    if let last = words.last, last.hasPrefix("comment=") {
      comment = Self.unhex(last.dropFirst("comment=".count))
      words.removeLast()
    }
    guard words.count == 7 || words.count == 9 else { return nil }
    var action = words[0]
    let isRoute = action.hasPrefix("route:")
    if isRoute { action.removeFirst("route:".count) }
    var log = ""
    if let underscore = action.firstIndex(of: "_") {
      log = String(action[action.index(after: underscore)...])
      action = String(action[..<underscore])
    }
    self.init(
      isV6: isV6, isRoute: isRoute, action: action, log: log, transport: words[1], port: words[2],
      destination: words[3], sourcePort: words[4], source: words[5], comment: comment)
    if words.count == 9 {
      profile = words[6] == "-" ? nil : Self.unescape(words[6])
      sourceProfile = words[7] == "-" ? nil : Self.unescape(words[7])
    }
    for (index, part) in (words.last ?? "").split(separator: "!").enumerated() {
      let underscore = part.firstIndex(of: "_")
      let direction = String(part[..<(underscore ?? part.endIndex)])
      if index == 0 { self.direction = direction }
      guard let underscore else { continue }
      let name = String(part[part.index(after: underscore)...])
      if direction == "out" { outInterface = name } else { interface = name }
    }
  }

  var tuple: String {
    var words = [(isRoute ? "route:" : "") + action + (log.isEmpty ? "" : "_\(log)"), transport, port, destination]
    words += [sourcePort, source]
    if profile != nil || sourceProfile != nil {
      words += [profile.map(Self.escape) ?? "-", sourceProfile.map(Self.escape) ?? "-"]
    }
    var ways: [String] = []
    if let interface { ways.append("in_\(interface)") }
    if let outInterface { ways.append("out_\(outInterface)") }
    words.append(ways.isEmpty ? direction : ways.joined(separator: "!"))
    if let comment { words.append("comment=" + Self.hex(comment)) }
    return words.joined(separator: " ")
  }

  private static func escape(_ text: String) -> String { text.map { $0 == " " ? "%20" : "\($0)" }.joined() }

  private static func unescape(_ text: String) -> String {
    var rest = text[...]
    var result = ""
    while let character = rest.popFirst() {
      if character == "%", rest.hasPrefix("20") {
        result.append(" ")
        rest = rest.dropFirst(2)
      } else {
        result.append(character)
      }
    }
    return result
  }

  private static func hex(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func unhex(_ text: Substring) -> String {
    let digits = Array(text.utf8)
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { index in
      UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? UInt8(ascii: "?")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

// MARK: What ufw makes of it

extension UFWRule {
  /// What ufw takes for the same rule, of which it keeps only one: all but action, logging and comment.
  var match: UFWRule {
    var copy = self
    (copy.action, copy.log, copy.comment) = ("", "", nil)
    return copy
  }

  /// The lines in the chain of what comes in, as they stand in user.rules; none for other directions.
  var inputRules: [PacketRule] {
    guard !isRoute, direction == "in" else { return [] }
    let prefix = isV6 ? "ufw6" : "ufw"
    var lines: [String] = []
    // A port without a protocol is a rule for TCP and one for UDP.
    let transports = transport == "any" && (port != "any" || sourcePort != "any") ? ["tcp", "udp"] : [transport]
    for transport in transports {
      var match = "-A \(prefix)-user-input"
      if let interface { match += " -i \(interface)" }
      if transport != "any" { match += " -p \(transport)" }
      for (option, ports) in [("dport", port), ("sport", sourcePort)] where ports != "any" {
        let isList = ports.contains(",") || ports.contains(":")
        match += isList ? " -m multiport --\(option)s \(ports)" : " --\(option) \(ports)"
      }
      if source != Self.anywhere(isV6) { match += " -s \(source)" }
      if destination != Self.anywhere(isV6) { match += " -d \(destination)" }
      if !log.isEmpty { lines.append("\(match) -j \(prefix)-user-logging-input") }
      switch action {
      case "allow": lines.append("\(match) -j ACCEPT")
      case "deny": lines.append("\(match) -j DROP")
      case "reject": lines.append("\(match) -j REJECT")
      default:
        lines.append("\(match) -m conntrack --ctstate NEW -m recent --set")
        lines.append(
          "\(match) -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 -j \(prefix)-user-limit")
        lines.append("\(match) -j \(prefix)-user-limit-accept")
      }
    }
    return lines.compactMap { PacketRule($0) }
  }

  /// The words after `ufw`, `ufw delete` or `ufw prepend`; an anywhere of either family stands for both.
  var arguments: [String] {
    var words = [action]
    if isRoute {
      if let interface { words += ["in", "on", interface] }
      if let outInterface { words += ["out", "on", outInterface] }
    } else if direction == "out" || interface != nil {
      words.append(direction)
      if let name = interface ?? outInterface { words += ["on", name] }
    }
    if !log.isEmpty { words.append(log) }
    let isPlain =
      source == Self.anywhere(isV6) && destination == Self.anywhere(isV6) && sourcePort == "any" && port != "any"
      && profile == nil && sourceProfile == nil && !port.contains(",")
    if isPlain { return words + [transport == "any" ? port : "\(port)/\(transport)"] }
    words += ["from", source == Self.anywhere(isV6) ? "any" : source]
    if let sourceProfile {
      words += ["app", sourceProfile]
    } else if sourcePort != "any" {
      words += ["port", sourcePort]
    }
    words += ["to", destination == Self.anywhere(isV6) ? "any" : destination]
    if let profile { words += ["app", profile] } else if port != "any" { words += ["port", port] }
    // A profile brings its protocol.
    if transport != "any", profile == nil, sourceProfile == nil { words += ["proto", transport] }
    return words
  }

  /// `22/tcp`, `anything`.
  var what: String {
    var text = port == "any" ? transport == "any" ? "anything" : transport : port
    if port != "any", transport != "any" { text += "/\(transport)" }
    if let profile { text += " (\(profile))" }
    if destination != Self.anywhere(isV6) { text += " to \(destination)" }
    if let interface { text += " in on \(interface)" }
    if let outInterface { text += " out on \(outInterface)" }
    return text
  }

  /// `allow from anywhere`, `limit from 203.0.113.0/24`.
  var how: String {
    var text = (isRoute ? "route " : "") + action + (direction == "out" && outInterface == nil ? " out" : "")
    if !log.isEmpty { text += ", \(log)," }
    text += " from " + (source == Self.anywhere(isV6) ? "anywhere" : source)
    if sourcePort != "any" { text += " port \(sourcePort)" }
    return text
  }
}
