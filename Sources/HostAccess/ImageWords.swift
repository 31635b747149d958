import HostState

extension ImageItem {
  /// What it is, in words. Accounts' lines are one thing to the reader.
  var subject: String {
    switch self {
    case .path(let path): path
    case .attributes(let root, let path): path.isEmpty ? root : "\(root)/\(path)"
    case .line(let file, let name): ["group", "gshadow"].contains(file) ? "group \(name)" : "account \(name)"
    case .member(_, let group, let user): "member \(user) of group \(group)"
    case .activity(let unit): "unit \(unit)"
    case .listening(let unit): "ports of \(unit)"
    case .sysctl(let key): "kernel setting \(key)"
    case .rules(let family): "\(family) rules"
    case .table(let name): "nftables table \(name)"
    }
  }
}

extension ImageValue {
  /// What it is, in words; never a file's text nor a line of `shadow`.
  func words(for item: ImageItem) -> String {
    switch self {
    case .absent: return "not there"
    case .entry(let entry):
      let owner = Owners.owner(entry.user, entry.group)
      switch entry.kind {
      case .file: return "file \(entry.mode) \(owner)"
      case .directory: return "directory \(entry.mode) \(owner)"
      case .link: return "link to \(entry.target ?? "?")"
      case .other: return "neither file nor directory"
      }
    case .attributes(let entry):
      return "\(entry.mode) \(Owners.owner(entry.user, entry.group))"
        + (entry.defaultACL == nil ? "" : ", with a default ACL")
    case .text(let text):
      switch item {
      case .line: return "as it was"
      case .rules: return "its rules of before"
      case .member: return "a member"
      default: return text
      }
    }
  }
}
