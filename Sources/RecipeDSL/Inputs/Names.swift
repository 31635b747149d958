/// A name that visitors type, in lower case: `example.com`, `www.example.com`.
public struct SiteName: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm {
    InputForm("a name as it stands in DNS", example: "example.com", separator: ",")
  }

  /// RFC 1123 §2.1: letters, digits and inner hyphens, 63 a label, 253 in all. A name in other scripts is given in its
  /// `xn--` form, as certificates and Apache hold it.
  public init(text: String) throws(Diagnostic) {
    if let end = text.firstRange(of: "://")?.upperBound {
      throw .malformed(
        text, Self.form, because: "leave out everything but the name, “\(text[end...].prefix { $0 != "/" })”")
    }
    let name = text.lowercased()
    guard name.utf8.count <= 253 else { throw .malformed(text, Self.form, because: "it is longer than 253 characters") }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2 else { throw .malformed(text, Self.form, because: "it has no dot in it") }
    for label in labels {
      if let reason = hostLabelFault(label) { throw .malformed(text, Self.form, because: reason) }
    }
    guard labels.last?.utf8.contains(where: { $0 > 0x39 }) ?? false else {
      throw .malformed(text, Self.form, because: "it is an address")
    }
    self.text = name
  }

  /// Each name once.
  public static func merged(_ values: [SiteName]) -> [SiteName] {
    var seen: Set<SiteName> = []
    return values.filter { seen.insert($0).inserted }
  }
}

/// What the machine calls itself (`hostname(7)`): `box`, or with its domain `box.example.com`.
public struct MachineName: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm { InputForm("a host name", example: "box") }

  /// Linux keeps 64 bytes (`HOST_NAME_MAX`).
  public init(text: String) throws(Diagnostic) {
    guard text.utf8.count <= 64 else { throw .malformed(text, Self.form, because: "it is longer than 64 characters") }
    for label in text.split(separator: ".", omittingEmptySubsequences: false) {
      if let reason = hostLabelFault(label) { throw .malformed(text, Self.form, because: reason) }
    }
    self.text = text
  }
}

/// A name of the time zone database: `UTC`, `Europe/Berlin`.
public struct TimeZoneName: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm { InputForm("a time zone of tzdata", example: "Europe/Berlin") }

  public init(text: String) throws(Diagnostic) {
    let isPlain = text.utf8.allSatisfy { $0.isLetterOrDigit || "_+-/".utf8.contains($0) }
    guard isPlain, text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }) else {
      throw .malformed(text, Self.form)
    }
    self.text = text
  }
}

/// A path within a folder that is named elsewhere: `media`, `var/log`.
public struct FolderName: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm {
    InputForm("a folder, relative to the one it is in", example: "media", separator: ",")
  }

  public init(text: String) throws(Diagnostic) {
    guard !text.hasPrefix("/") else { throw .malformed(text, Self.form, because: "it begins with a slash") }
    let parts = text.split(separator: "/")
    guard !parts.isEmpty, !parts.contains(".."), !parts.contains(".") else {
      throw .malformed(text, Self.form, because: "it holds “.” or “..”")
    }
    self.text = try String(text: parts.joined(separator: "/"))
  }
}

extension FolderName: ExpressibleByStringLiteral {
  /// A recipe's own default, which its author answers for.
  public init(stringLiteral text: String) { self.text = text }
}

/// An address for mail, only as far as that nothing else is mistaken for one.
public struct MailAddress: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm { InputForm("a mail address", example: "you@example.com") }

  public init(text: String) throws(Diagnostic) {
    // Programs would take it for one of their options.
    guard !text.hasPrefix("-") else { throw .malformed(text, Self.form, because: "it begins with a hyphen") }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."),
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"'\\<>,;".utf8.contains($0) })
    else { throw .malformed(text, Self.form) }
    self.text = text
  }
}

/// Where a certificate authority is asked (RFC 8555 §7.1.1), or `staging` for Let's Encrypt's trial server.
public struct ACMEServer: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm {
    InputForm("the https:// URL of an ACME directory, or staging", example: "https://ca.example.com/acme/directory")
  }

  public init(text: String) throws(Diagnostic) {
    let isPlain = text.utf8.allSatisfy { $0.isLetterOrDigit || "/:._-~[]".utf8.contains($0) }
    guard text == "staging" || text.hasPrefix("https://") && text.utf8.count > 8 && isPlain else {
      throw .malformed(text, Self.form)
    }
    self.text = text
  }
}

/// What is wrong with one label of a host name; nil for a good one.
private func hostLabelFault(_ label: Substring) -> String? {
  if label.isEmpty { return "a dot has nothing beside it" }
  if label.utf8.count > 63 { return "a part is longer than 63 characters" }
  if label.hasPrefix("-") || label.hasSuffix("-") { return "a part begins or ends in a hyphen" }
  guard
    let stranger = label.unicodeScalars.first(where: { !$0.isASCII || !UInt8($0.value).isLetterOrDigit && $0 != "-" })
  else { return nil }
  return stranger.isASCII ? "“\(Character(stranger))” cannot stand in it" : "give it in its xn-- form"
}
