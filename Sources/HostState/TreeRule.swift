/// How every entry of a directory tree must be owned and what its mode must be.
///
/// File modes are masks: a file whose owner may execute it gets `x` wherever the mask gives `r`, as
/// `chmod u=rwX,g=rX,o=` does. Symbolic links are never followed nor judged, hard links to files with another owner are
/// reported, never changed.
public struct TreeRule: Hashable, Codable, Sendable {
  public var root: Path
  public var owner: Owner
  public var directories: FileMode
  public var files: FileMode
  /// Folders, relative to the root, in which the group may write: `g+w` is added there, and an entry's owner is free.
  public var writable: [String]
  /// Folders, relative to the root, in which tools set modes of their own (a venv, collected static files): reading by
  /// others is let pass there, since nobody else can enter the root.
  public var relaxed: [String]
  /// Names of entries that are left alone wherever they stand, with all beneath them: `.git`.
  public var excluding: [String]
  /// Whether directories carry a default ACL (`acl(5)`), so that what is made later fits the rule whatever the umask.
  public var inherited: Bool

  public init(
    root: Path, owner: Owner, directories: FileMode, files: FileMode, writable: [String] = [], relaxed: [String] = [],
    excluding: [String] = [], inherited: Bool = true
  ) {
    self.root = root
    self.owner = owner
    self.directories = directories
    self.files = files
    self.writable = writable
    self.relaxed = relaxed
    self.excluding = excluding
    self.inherited = inherited
  }
}

/// The entries of a tree that break its rule.
public struct TreeReport: Hashable, Codable, Sendable {
  public struct Offence: Hashable, Codable, Sendable {
    /// Relative to the root, with control characters and invalid UTF-8 escaped.
    public var path: String
    /// What is found, as `0755 root:root`; what the rule wants.
    public var found: String
    public var wanted: String

    public init(path: String, found: String, wanted: String) {
      (self.path, self.found, self.wanted) = (path, found, wanted)
    }
  }
  public var entries: Int
  public var offences: Int
  /// The first few, in order of path.
  public var examples: [Offence]
  /// Hard links to files that belong to somebody else, and other entries that must not be touched.
  public var untouchable: [Offence]
  /// What default ACLs give to users and groups by name, and the rule does not; nil where nothing.
  public var grants: [FolderGrant]?
  /// Files that break the rule and have other names (hard links) besides such as do, and the first; nil where none.
  public var linked: LinkedFiles?

  public init(
    entries: Int, offences: Int, examples: [Offence] = [], untouchable: [Offence] = [], grants: [FolderGrant]? = nil,
    linked: LinkedFiles? = nil
  ) {
    (self.entries, self.offences, self.examples) = (entries, offences, examples)
    (self.untouchable, self.grants, self.linked) = (untouchable, grants, linked)
  }

  /// Files whose other names get the same mode and owner.
  public struct LinkedFiles: Hashable, Codable, Sendable {
    public var first: String
    public var files: Int

    public init(first: String, files: Int) { (self.first, self.files) = (first, files) }
  }

  /// An entry of default ACLs, the first folder that has it, and how many have.
  public struct FolderGrant: Hashable, Codable, Sendable {
    public var grant: AccessGrant
    public var folder: String
    public var folders: Int

    public init(_ grant: AccessGrant, in folder: String, folders: Int) {
      (self.grant, self.folder, self.folders) = (grant, folder, folders)
    }
  }
}

/// What a JSON file of secrets must hold. Values that are made on the host never leave it.
public struct SecretsRule: Hashable, Codable, Sendable {
  public var path: Path
  public var mode: FileMode
  public var owner: Owner
  /// Keys whose value the executor makes from the kernel's generator, with this many characters, and never replaces.
  public var generated: [String: Int]
  /// Keys whose value is enforced, as JSON text: `"off"`, `["example.com"]`.
  public var declared: [String: String]

  public init(path: Path, mode: FileMode, owner: Owner, generated: [String: Int], declared: [String: String]) {
    self.path = path
    self.mode = mode
    self.owner = owner
    self.generated = generated
    self.declared = declared
  }
}

/// The keys of a JSON file of secrets; only the values of open keys are read out.
public struct SecretsState: Hashable, Codable, Sendable {
  public enum Value: Hashable, Codable, Sendable {
    /// Canonical JSON text (keys sorted, no blanks) of a key that was asked for openly.
    case open(json: String)
    /// A value is there; only its length in characters is told (0 when it is not a string).
    case hidden(characters: Int)
  }
  public var keys: [String: Value]

  public init(keys: [String: Value]) { self.keys = keys }

  /// Why a file that can be read tells no keys, in the words of the answer.
  package enum Fault: String {
    case byteOrderMark = "it begins with a byte order mark, which Python refuses as well"
    case notJSON = "it is not a JSON object"
  }
}

extension TreeRule {
  /// What an entry should be, nil when it is as the rule wants it or the rule leaves it alone.
  ///
  /// The one place that decides; the prober's walk and `settleTree` call it as well.
  public func wanted(at path: Path, found: FileStatus) -> FileStatus? {
    wanted(relative: path.relative(to: root), found: found)
  }

  /// The same for a path relative to the root; empty for the root itself.
  public func wanted(relative: String, found: FileStatus) -> FileStatus? {
    let components = relative.split(separator: "/").map(String.init)
    if components.contains(where: excluding.contains) { return nil }
    let isWritable = writable.contains { Self.lies(components, in: $0) }
    let isRelaxed = relaxed.contains { Self.lies(components, in: $0) }
    var mode: UInt16
    switch found.kind {
    case .directory:
      mode = directories.rawValue
      if isWritable { mode |= 0o020 }
    case .file:
      mode = files.rawValue
      if isWritable { mode |= 0o020 }
      if found.mode.rawValue & 0o100 != 0 { mode |= (mode & 0o444) >> 2 }
    case .link, .other: return nil
    }
    // A writable or relaxed folder is shared with tools that set modes of their own: more for the owner is let pass,
    // and reading by others, who cannot come past the root.
    if isRelaxed { mode |= found.mode.rawValue & 0o0005 }
    let freeOwner = isWritable && !components.isEmpty
    let owner = Owner(freeOwner ? found.owner.user : self.owner.user, self.owner.group)
    let wanted = FileStatus(
      kind: found.kind, mode: FileMode(mode), owner: owner, grants: found.grants, names: found.names)
    return wanted == found ? nil : wanted
  }

  private static func lies(_ components: [String], in folder: String) -> Bool {
    let folder = folder.split(separator: "/").map(String.init)
    return components.count >= folder.count && Array(components.prefix(folder.count)) == folder
  }
}
