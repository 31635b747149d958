/// An absolute path in a host's file system, without repeated or trailing slashes.
public struct Path: Hashable, Sendable {
  public let text: String

  public init(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: true)
    self.text = "/" + parts.joined(separator: "/")
  }

  /// A text that is known to be as `text` says.
  init(whole text: String) { self.text = text }

  /// The last component; empty for the root.
  public var name: String {
    guard let slash = text.lastIndex(of: "/") else { return text }
    return String(text[text.index(after: slash)...])
  }

  /// The directory that holds this path; the root is its own parent.
  public var parent: Path {
    guard let slash = text.lastIndex(of: "/"), slash != text.startIndex else { return "/" }
    return Path(whole: String(text[..<slash]))
  }

  /// Whether this is `other` or lies beneath it; component by component, so `/srv2` is not in `/srv`.
  public func isWithin(_ other: Path) -> Bool {
    let (own, above) = (text.utf8, other.text.utf8)
    guard own.count > above.count else { return text == other.text }
    guard own.starts(with: above) else { return false }
    return above.count == 1 || own[own.index(own.startIndex, offsetBy: above.count)] == UInt8(ascii: "/")
  }

  /// The names that lead here from a directory that this is in; empty for itself.
  public func relative(to directory: Path) -> String {
    String(text.dropFirst(directory.text.count).drop { $0 == "/" })
  }

  public static func / (directory: Path, name: String) -> Path { Path(directory.text + "/" + name) }
}

extension Path: ExpressibleByStringLiteral, CustomStringConvertible, Comparable {
  public init(stringLiteral text: String) { self.init(text) }
  public var description: String { text }
  public static func < (left: Path, right: Path) -> Bool { left.text < right.text }
}

/// As a key of a dictionary it is a JSON object's key, so that keys can be sorted.
extension Path: CodingKeyRepresentable {
  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }
  public var codingKey: any CodingKey { Key(stringValue: text) }
  public init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }
}

extension Path: Codable {
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
