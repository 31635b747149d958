/// The text of a file that its reader finds through links, as sshd and ufw do; a probe reads none through them.
enum LinkedText {
  /// With the file that holds it.
  case there(String, in: Path)
  case absent
  /// What has to be asked first.
  case asks(Probe)
  /// The file that could not be read.
  case unreadable(Path)

  init(of path: Path, _ known: Observations) {
    var path = path
    for _ in 0...8 {
      switch known.answer(.contents(path: path)) {
      case .there(.text(let text)):
        self = .there(text, in: path)
        return
      case .absent:
        self = .absent
        return
      case nil:
        self = .asks(.contents(path: path))
        return
      default: break
      }
      guard let answer = known.answer(.file(path: path)) else {
        self = .asks(.file(path: path))
        return
      }
      guard case .there(.file(let status)) = answer, case .link(let target) = status.kind else { break }
      path = Self.resolved(target, from: path.parent)
    }
    self = .unreadable(path)
  }

  var text: String? {
    if case .there(let text, _) = self { return text }
    return nil
  }

  /// What is asked to find it: the file itself, and where that is a link the next on its way.
  static func probes(of path: Path, given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.contents(path: path)]
    if case .asks(let probe) = LinkedText(of: path, known) { probes.insert(probe) }
    return probes
  }

  /// Where a link leads that lies in a folder.
  private static func resolved(_ target: String, from folder: Path) -> Path {
    var parts = target.hasPrefix("/") ? [] : folder.text.split(separator: "/").map(String.init)
    for part in target.split(separator: "/") where part != "." {
      if part == ".." { parts = Array(parts.dropLast()) } else { parts.append(String(part)) }
    }
    return Path("/" + parts.joined(separator: "/"))
  }
}
