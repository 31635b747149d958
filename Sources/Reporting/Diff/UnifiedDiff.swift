/// A unified diff of two texts, line by line, as `diff -u` prints it.
struct UnifiedDiff {
  enum Line: Equatable {
    case hunk(String)
    case same(String)
    case old(String)
    case new(String)
    /// `\ No newline at end of file`
    case noNewline
  }

  /// Empty where the texts are the same.
  let lines: [Line]

  init(from before: String, to after: String, context: Int = 3) {
    let (old, new) = (Self.split(before), Self.split(after))
    lines = Self.hunks(in: Self.script(from: old, to: new), context: context).flatMap(Self.lines)
  }

  /// Lines with their line breaks, so that a last line without one differs from one with it.
  private static func split(_ text: String) -> [Substring] {
    var lines: [Substring] = []
    var start = text.unicodeScalars.startIndex
    for index in text.unicodeScalars.indices where text.unicodeScalars[index] == "\n" {
      let end = text.unicodeScalars.index(after: index)
      lines.append(Substring(text.unicodeScalars[start..<end]))
      start = end
    }
    if start != text.unicodeScalars.endIndex { lines.append(Substring(text.unicodeScalars[start...])) }
    return lines
  }

  private enum Edit {
    case same(Substring)
    case old(Substring)
    case new(Substring)
  }

  /// Every line of both texts, what goes before what comes.
  private static func script(from old: [Substring], to new: [Substring]) -> [Edit] {
    var (removed, inserted): (Set<Int>, Set<Int>) = ([], [])
    // Compared by scalars: two spellings of one character are the same String, and yet other bytes.
    let difference = new.difference(from: old) { $0.unicodeScalars.elementsEqual($1.unicodeScalars) }
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var edits: [Edit] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if left < old.count, removed.contains(left) {
        edits.append(.old(old[left]))
        left += 1
      } else if right < new.count, inserted.contains(right) {
        edits.append(.new(new[right]))
        right += 1
      } else {
        edits.append(.same(old[left]))
        left += 1
        right += 1
      }
    }
    return edits
  }

  private struct Hunk {
    var oldStart: Int
    var newStart: Int
    var edits: [Edit] = []
  }

  /// The edits that differ, with unchanged lines around them; closer than twice that they are one hunk.
  private static func hunks(in edits: [Edit], context: Int) -> [Hunk] {
    let changed = edits.indices.filter { if case .same = edits[$0] { false } else { true } }
    var ranges: [Range<Int>] = []
    for index in changed {
      let range = max(0, index - context)..<min(edits.count, index + context + 1)
      if let last = ranges.last, range.lowerBound <= last.upperBound {
        ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
      } else {
        ranges.append(range)
      }
    }
    var hunks: [Hunk] = []
    var (old, new, position) = (0, 0, 0)
    for range in ranges {
      while position < range.lowerBound {
        old += 1
        new += 1
        position += 1
      }
      var hunk = Hunk(oldStart: old, newStart: new)
      for edit in edits[range] {
        hunk.edits.append(edit)
        switch edit {
        case .same: (old, new) = (old + 1, new + 1)
        case .old: old += 1
        case .new: new += 1
        }
      }
      position = range.upperBound
      hunks.append(hunk)
    }
    return hunks
  }

  private static func lines(_ hunk: Hunk) -> [Line] {
    let oldCount = hunk.edits.count { if case .new = $0 { false } else { true } }
    let newCount = hunk.edits.count { if case .old = $0 { false } else { true } }
    let old = range(hunk.oldStart, oldCount)
    let new = range(hunk.newStart, newCount)
    var lines: [Line] = [.hunk("@@ -\(old) +\(new) @@")]
    for edit in hunk.edits {
      let text: Substring
      switch edit {
      case .same(let line):
        text = line
        lines.append(.same(bare(line)))
      case .old(let line):
        text = line
        lines.append(.old(bare(line)))
      case .new(let line):
        text = line
        lines.append(.new(bare(line)))
      }
      if text.unicodeScalars.last != "\n" { lines.append(.noNewline) }
    }
    return lines
  }

  /// As POSIX `diff` writes it: an empty range names the line before it, a count of one is left out.
  private static func range(_ start: Int, _ count: Int) -> String {
    if count == 0 { return "\(start),0" }
    return count == 1 ? "\(start + 1)" : "\(start + 1),\(count)"
  }

  private static func bare(_ line: Substring) -> String {
    guard line.unicodeScalars.last == "\n" else { return String(line) }
    return String(line.unicodeScalars.dropLast())
  }
}
