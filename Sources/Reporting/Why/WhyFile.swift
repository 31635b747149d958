import HostState

/// Why a file can be read and written by whom it can.
package struct WhyFile: WhyQuestion {
  let path: Path
  /// Entries of its access list (`acl(5)`) beyond the mode, as `getfacl` prints them.
  let accessList: [String]
  /// What resources of the host's recipe want of it, one line each.
  package var wanted: [WhyAnswer.Line] = []

  package init(_ path: Path, accessList: [String]) { (self.path, self.accessList) = (path, accessList) }

  private var ancestors: [Path] {
    var (paths, path): ([Path], Path) = ([], path)
    while path.parent != path {
      path = path.parent
      paths.append(path)
    }
    return paths.reversed()
  }

  package func probes(given known: Observations) -> Set<Probe> {
    var probes = Set((ancestors + [path]).map { Probe.file(path: $0) })
    if case .there(.file(let status))? = known.answer(.file(path: path)), case .link(let target) = status.kind {
      probes.insert(.file(path: resolved(target)))
    }
    return probes
  }

  private func resolved(_ target: String) -> Path { target.hasPrefix("/") ? Path(target) : path.parent / target }

  package func answer(given host: Observations) throws(Diagnostic) -> WhyAnswer {
    guard let status = try host.file(path).known(path.text) else { throw .nothingThere(path) }
    var answer = WhyAnswer(key: path.text, value: "\(status.mode) \(status.owner)")
    switch status.kind {
    case .file, .directory: answer.circumstance = status.kind == .directory ? "(directory)" : nil
    case .other: answer.circumstance = "(neither file nor directory)"
    case .link(let target):
      answer.value = "link to \(target)"
      answer.circumstance = nil
      let end = try host.file(resolved(target)).value
      answer.notes.append(
        "A link has no mode of its own: what counts is \(resolved(target))"
          + (end.map { ", \($0.mode) \($0.owner)" } ?? ", which is not there"))
      return answer
    }
    answer.decidedBy = wanted
    if !accessList.isEmpty {
      answer.notes.append(
        "Its access list says more than the mode, whose group bits are the mask then: "
          + "\(listed(accessList)).")
    }
    answer.notes.append(Self.rights(status))
    var closed: [Path] = []
    for directory in ancestors {
      if let status = try host.file(directory).value, status.mode.rawValue & 0o001 == 0 { closed.append(directory) }
    }
    if let first = closed.first, let status = try host.file(first).value {
      var names = status.owner.user == "root" ? [] : [status.owner.user]
      if status.mode.rawValue & 0o010 != 0 { names.append("the group \(status.owner.group)") }
      answer.notes.append(
        "Nobody but \(listed(names + ["root"])) gets past \(first) (\(status.mode) \(status.owner)), whatever the mode "
          + "here says.")
    }
    for directory in ancestors {
      guard let status = try host.file(directory).value, status.mode.rawValue & 0o002 != 0,
        status.mode.rawValue & 0o1000 == 0
      else { continue }
      answer.notes.append(
        "Everybody can write in \(directory) (\(status.mode)), so anybody can put another file in this one's place.")
    }
    return answer
  }

  /// Who may do what, in words.
  private static func rights(_ status: FileStatus) -> String {
    let isDirectory = status.kind == .directory
    func words(_ bits: UInt16) -> String {
      var words: [String] = []
      if bits & 4 != 0 { words.append(isDirectory ? "list" : "read") }
      if bits & 2 != 0 { words.append("write") }
      if bits & 1 != 0 { words.append(isDirectory ? "enter" : "execute") }
      return words.isEmpty ? "nothing" : listed(words)
    }
    let bits = status.mode.rawValue
    return "\(status.owner.user) may \(words(bits >> 6 & 7)), the group \(status.owner.group) \(words(bits >> 3 & 7)), "
      + "everybody else \(words(bits & 7))."
  }
}

extension Diagnostic {
  fileprivate static func nothingThere(_ path: Path) -> Diagnostic {
    Diagnostic(
      "No such file", detail: "There is nothing at \(path).", fix: "ls -la \(Command.quoted(path.parent.text))")
  }
}
