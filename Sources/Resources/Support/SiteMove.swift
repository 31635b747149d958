/// A site of harden's own that is served from another folder today: none of its files move with what is declared.
struct SiteMove {
  private let name: String
  private let former: Path
  private let folder: Path
  /// What of the former folder makes pages: the application, or the folder itself.
  private let source: Path

  /// Nil where today's file, if there is one, names the folder that is declared.
  init?(_ name: String, to folder: Path, given known: Observations) {
    let file = ApacheFiles.available("sites", "harden-\(name)")
    guard case .there(.text(let text))? = known.answer(.contents(path: file)), text.hasPrefix(ApacheFiles.header) else {
      return nil
    }
    let script = Self.quoted(after: "WSGIScriptAlias \"/\" \"", in: text)
    let project = Self.word(after: " python-path=", in: text, until: [":", " "])
    guard let former = script == nil ? Self.quoted(after: "DocumentRoot \"", in: text) : project, Path(former) != folder
    else { return nil }
    (self.name, self.former, self.folder) = (name, Path(former), folder)
    source = Path(script ?? former)
  }

  private static func quoted(after mark: String, in text: String) -> String? {
    word(after: mark, in: text, until: ["\""])
  }

  private static func word(after mark: String, in text: String, until ends: [Character]) -> String? {
    guard let start = text.firstRange(of: mark)?.upperBound else { return nil }
    return String(text[start...].prefix { !ends.contains($0) && $0 != "\n" })
  }

  var probes: Set<Probe> { [.file(path: source)] }

  /// Whether the site answers from the former folder today.
  private func isLive(on host: Observations) -> Bool {
    let parts: [Path] = [source, ApacheFiles.enabled("sites", "harden-\(name)")]
    return parts.allSatisfy { host.answer(.file(path: $0))?.isThere ?? false }
  }

  /// What its file says otherwise than it will.
  ///
  /// - Parameter lack: why there are no pages in the declared folder yet; nil where there are.
  func changes(_ subject: String, from old: String, to new: String, lack: String?, on host: Observations) -> [Change] {
    let warning = lack != nil && isLive(on: host) ? "can break pages: its files are not moved" : nil
    let move = Change(subject, "folder", from: former.text, to: folder.text, warning: warning)
    let moved = old.replacing(former.text, with: folder.text)
    if moved == new { return [move] }
    let rest = SiteDifference(from: moved, to: new).changes(subject)
    return [move] + (rest ?? [Change(subject, "text", from: "another", to: "the recipe's")])
  }

  /// What is to be done before the site is served from the declared folder; nil where nothing is.
  func waiting(lack: String?, on host: Observations) -> Waiting? {
    guard let lack, isLive(on: host) else { return nil }
    let (from, to) = (Command.quoted(former.text), Command.quoted(folder.text))
    let copying = folder.isWithin(former) ? "" : ": sudo mkdir -p \(to) && sudo cp -aT \(from) \(to)"
    return Waiting(
      "site \(name)", seen: "answers from \(former) today, and its files are not moved; \(lack)",
      wanted: "before apply, its files in \(folder)\(copying); or \(former) declared as before")
  }
}
