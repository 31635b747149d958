/// The twelve permission bits of a file, as `chmod(1)` writes them in octal.
public struct FileMode: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue & 0o7777 }
  public init(_ bits: UInt16) { self.init(rawValue: bits) }
  public init(integerLiteral bits: UInt16) { self.init(rawValue: bits) }

  public func contains(_ other: FileMode) -> Bool { rawValue & other.rawValue == other.rawValue }
  public static func | (left: FileMode, right: FileMode) -> FileMode { FileMode(left.rawValue | right.rawValue) }
  public static func & (left: FileMode, right: FileMode) -> FileMode { FileMode(left.rawValue & right.rawValue) }
}

extension FileMode: CustomStringConvertible {
  /// Four octal digits: `0640`, `2750`.
  public var description: String {
    let digits = String(rawValue, radix: 8)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}

extension FileMode: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let bits = UInt16(text, radix: 8), bits <= 0o7777 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "“\(text)” is not an octal file mode"))
    }
    self.init(bits)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Who owns a file, by name; an id without a name stands as its number.
public struct Owner: Hashable, Codable, Sendable, CustomStringConvertible {
  public let user: String
  public let group: String

  public init(_ user: String, _ group: String) { (self.user, self.group) = (user, group) }
  public static let root = Owner("root", "root")
  public var description: String { "\(user):\(group)" }
}

/// What `lstat(2)` says of one path; never its contents.
public struct FileStatus: Hashable, Codable, Sendable {
  public enum Kind: Hashable, Codable, Sendable {
    case file
    case directory
    case link(target: String)
    /// A socket, FIFO or device node, named as `find -type` does: `s`, `p`, `c`, `b`.
    case other(type: String)
  }
  public let kind: Kind
  public let mode: FileMode
  public let owner: Owner

  public init(kind: Kind, mode: FileMode, owner: Owner) { (self.kind, self.mode, self.owner) = (kind, mode, owner) }
}
