extension String: InputValue {
  public static var form: InputForm { InputForm("a line of text", example: "text") }
  public init(text: String) throws(Diagnostic) {
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      throw .malformed(text, Self.form, because: "it holds a control character")
    }
    self = text
  }
  public var text: String { self }
}

extension Int: InputValue {
  public static var form: InputForm { InputForm("a whole number", example: "300") }
  public init(text: String) throws(Diagnostic) {
    guard let number = Int(text) else { throw .malformed(text, Self.form) }
    self = number
  }
  public var text: String { description }
}

/// A TCP or UDP port; 0 is none.
extension UInt16: InputValue {
  public static var form: InputForm { InputForm("a port, a whole number from 1 to 65535", example: "2222") }
  public init(text: String) throws(Diagnostic) {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(text), number > 0 else {
      throw .malformed(text, Self.form)
    }
    self = number
  }
  public var text: String { description }
}

extension Bool: InputValue {
  public static var form: InputForm { InputForm("yes or no", example: "yes") }
  public init(text: String) throws(Diagnostic) {
    switch text.lowercased() {
    case "yes", "true", "on": self = true
    case "no", "false", "off": self = false
    default: throw .malformed(text, Self.form)
    }
  }
  public var text: String { self ? "yes" : "no" }
}

extension Path: InputValue {
  public static var form: InputForm { InputForm("an absolute path", example: "/srv/site") }
  public init(text: String) throws(Diagnostic) {
    guard text.hasPrefix("/") else { throw .malformed(text, Self.form) }
    guard !text.split(separator: "/").contains("..") else {
      throw .malformed(text, Self.form, because: "it holds “..”")
    }
    self.init(try String(text: text))
  }
}

extension PublicKey: InputValue {
  public static var form: InputForm {
    InputForm("an OpenSSH public key, or @FILE", example: "ssh-ed25519 AAAA… you@laptop")
  }
  public init(text: String) throws(Diagnostic) { try self.init(line: text) }
  public var text: String { line }
}
