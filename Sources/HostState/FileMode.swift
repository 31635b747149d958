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
  /// What a plain file's access list (acl(5)) gives to named users and groups, before its mask; nil where it has none.
  public let grants: [AccessGrant]?
  /// How many names a plain file has, where it has more than one (hard links).
  public let names: Int?

  public init(kind: Kind, mode: FileMode, owner: Owner, grants: [AccessGrant]? = nil, names: Int? = nil) {
    (self.kind, self.mode, self.owner, self.grants, self.names) = (kind, mode, owner, grants, names)
  }

  /// With another mode or owner; a file of several names is one of its own then.
  func with(mode: FileMode? = nil, owner: Owner? = nil) -> FileStatus {
    FileStatus(kind: kind, mode: mode ?? self.mode, owner: owner ?? self.owner, grants: grants)
  }

  /// What is given to somebody by name that a file of this mode gives neither to its mask nor to everybody.
  ///
  /// The mode's group is the mask of the list (acl(5)): what it allows, each named entry may have.
  public func grants(beyond mode: FileMode) -> [AccessGrant] {
    let (mask, others) = (mode.rawValue >> 3 & 7, mode.rawValue & 7)
    return (grants ?? []).filter { UInt16($0.rights) & mask & ~others != 0 }
  }
}

/// An entry of an access list for a user or group by name, as getfacl(1) prints it: `user:nobody:r--`.
public struct AccessGrant: Hashable, Codable, Sendable, CustomStringConvertible {
  /// `user:nobody`, `group:adm`.
  public let name: String
  /// 4 to read, 2 to write, 1 to execute.
  public let rights: UInt8

  public init(_ name: String, rights: UInt8) { (self.name, self.rights) = (name, rights & 7) }

  public var description: String {
    name + ":" + (rights & 4 != 0 ? "r" : "-") + (rights & 2 != 0 ? "w" : "-") + (rights & 1 != 0 ? "x" : "-")
  }
}
