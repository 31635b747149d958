import HostState

/// A tree rule as `find`, `chown`, `chmod` and `setfacl`.
///
/// `find` follows no symbolic links. In a tree that others can write to, a name can come to mean another file between
/// look and touch: harden itself goes by descriptor.
struct ShellTree {
  private let rule: TreeRule

  init(_ rule: TreeRule) { self.rule = rule }

  var lines: [String] {
    let root = rule.root
    var lines = rule.inherited ? [Shell.bringingSetfacl] : []
    lines += [
      "install -d -m \(rule.directories) -o \(Shell.word(rule.owner.user)) -g \(Shell.word(rule.owner.group)) "
        + Shell.word(root)
    ]
    let folders = Set(rule.writable + rule.relaxed).map { root / $0 }.sorted()
    for folder in [root] + folders {
      let inner = folders.filter { $0 != folder && $0.isWithin(folder) }
      lines += self.lines(for: folder, leaving: inner)
    }
    return lines
  }

  private func lines(for folder: Path, leaving inner: [Path]) -> [String] {
    let isWritable = rule.writable.contains { folder.isWithin(rule.root / $0) }
    let isRelaxed = rule.relaxed.contains { folder.isWithin(rule.root / $0) }
    let find = "find \(Shell.word(folder))\(pruned(inner))"
    let directories = FileMode(rule.directories.rawValue | (isWritable ? 0o020 : 0))
    let files = FileMode(rule.files.rawValue | (isWritable ? 0o020 : 0))
    let programs = FileMode(files.rawValue | (files.rawValue & 0o444) >> 2)
    let owner =
      isWritable
      ? "chgrp \(Shell.word(rule.owner.group))" : "chown \(Shell.word(rule.owner.description))"
    var lines: [String] = []
    if isWritable {
      lines.append(
        "[ -d \(Shell.word(folder)) ] || install -d -m \(directories) -o \(Shell.word(rule.owner.user)) "
          + "-g \(Shell.word(rule.owner.group)) \(Shell.word(folder))")
    }
    lines += [
      "\(find) \\( -type d -o -type f \\) -exec \(owner) {} +",
      "\(find) -type d -exec chmod \(mode(directories, isRelaxed: isRelaxed, isDirectory: true)) {} +",
      "\(find) -type f -perm -u+x -exec chmod \(mode(programs, isRelaxed: isRelaxed, isDirectory: false)) {} +",
      "\(find) -type f ! -perm -u+x -exec chmod \(mode(files, isRelaxed: isRelaxed, isDirectory: false)) {} +",
    ]
    // In a relaxed one harden sets none either: its tools move directories about.
    if rule.inherited && !isRelaxed {
      lines.append("\(find) -type d -exec setfacl -k -d -m \(acl(directories)) {} +")
    }
    return lines
  }

  private func pruned(_ inner: [Path]) -> String {
    let tests =
      rule.excluding.map { "-name \(Shell.word(pattern($0)))" }
      + inner.map { "-path \(Shell.word(pattern($0.text)))" }
    guard let first = tests.first else { return "" }
    if tests.count == 1 { return " \(first) -prune -o" }
    return " \\( \(tests.joined(separator: " -o ")) \\) -prune -o"
  }

  /// `find` reads names as `fnmatch(3)` patterns.
  private func pattern(_ text: String) -> String {
    var pattern = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if "*?[]\\".unicodeScalars.contains(scalar) { pattern.append("\\") }
      pattern.append(scalar)
    }
    return String(pattern)
  }

  /// Five digits, since GNU chmod leaves setuid and setgid of directories alone otherwise; in a relaxed folder symbolic,
  /// so that reading by others stays as it is found.
  private func mode(_ mode: FileMode, isRelaxed: Bool, isDirectory: Bool) -> String {
    guard isRelaxed else { return (isDirectory ? "0" : "") + "\(mode)" }
    let bits = mode.rawValue
    func rights(_ shift: UInt16) -> String {
      let rights = bits >> shift
      return (rights & 4 != 0 ? "r" : "") + (rights & 2 != 0 ? "w" : "") + (rights & 1 != 0 ? "x" : "")
    }
    var parts = ["a-st"]
    parts.append("u=\(rights(6))\(bits & 0o4000 != 0 ? "s" : "")")
    parts.append("g=\(rights(3))\(bits & 0o2000 != 0 ? "s" : "")")
    parts.append(bits & 0o002 != 0 ? "o+\(rights(0))" : "o-w" + (bits & 0o005 != 0 ? ",o+\(rights(0))" : ""))
    if bits & 0o1000 != 0 { parts.append("+t") }
    return parts.joined(separator: ",")
  }

  private func acl(_ mode: FileMode) -> String {
    func rights(_ shift: UInt16) -> String {
      let bits = mode.rawValue >> shift
      return (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-") + (bits & 1 != 0 ? "x" : "-")
    }
    return "u::\(rights(6)),g::\(rights(3)),o::\(rights(0))"
  }
}
