/// The folder of one site: `/srv/django`.
public struct SiteFolder: InputValue, Hashable, CustomStringConvertible {
  public let path: Path
  public var text: String { path.text }
  public var description: String { text }
  public static var form: InputForm { InputForm("a folder of the site's own", example: "/srv/site") }

  public init(text: String) throws(Diagnostic) {
    let path = try Path(text: text)
    if let reason = wordFault(path.text) ?? Self.fault(of: path) { throw .malformed(text, Self.form, because: reason) }
    self.path = path
  }

  /// A home is kept by its account's own declaration: with another owner and mode, sshd would not read the keys in it.
  private static func fault(of path: Path) -> String? {
    guard FileTree.canBe(path) else { return "it belongs to the system or holds the things of many; take one in it" }
    if let folder = WebPassage.hidden(path) {
      return "Apache has a \(folder) of its own (PrivateTmp), and does not see this one"
    }
    guard path.parent == "/home" || path == "/var/www" else { return nil }
    return "it is an account's home; take one in it, \(path)/site"
  }
}

/// The Python file that holds a project's `application`, within the project: `mysite/wsgi.py`.
public struct WSGIFile: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm { InputForm("a Python file, relative to the project", example: "mysite/wsgi.py") }

  public init(text: String) throws(Diagnostic) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let reason: String? =
      if text.hasPrefix("/") {
        "it begins with a slash"
      } else if parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
        "it holds “.”, “..” or two slashes in a row"
      } else if !text.hasSuffix(".py") {
        "it does not end in .py"
      } else {
        wordFault(text)
      }
    if let reason { throw .malformed(text, Self.form, because: reason) }
    self.text = text
  }
}

/// A module as Python imports it: `mysite.settings`.
public struct ModuleName: InputValue, Hashable, CustomStringConvertible {
  public let text: String
  public var description: String { text }
  public static var form: InputForm { InputForm("a module as Python imports it", example: "mysite.settings") }

  public init(text: String) throws(Diagnostic) {
    guard Site.isModule(text) else { throw .malformed(text, Self.form) }
    guard !text.hasSuffix(".py") else { throw .malformed(text, Self.form, because: "leave out “.py”") }
    self.text = text
  }
}

extension SiteFolder: ExpressibleByStringLiteral {
  /// A recipe's own default, which its author answers for.
  public init(stringLiteral text: String) { path = Path(text) }
}

extension WSGIFile: ExpressibleByStringLiteral {
  /// A recipe's own default, which its author answers for.
  public init(stringLiteral text: String) { self.text = text }
}

extension ModuleName: ExpressibleByStringLiteral {
  /// A recipe's own default, which its author answers for.
  public init(stringLiteral text: String) { self.text = text }
}

/// What keeps a path out of Apache's files.
private func wordFault(_ path: String) -> String? {
  ApacheWord.stranger(in: path).map { "“\($0)” cannot stand in it" }
}
