/// Columns that a terminal gives the text: two for wide characters, none for marks that stand on the one before.
func columns(_ text: String) -> Int {
  text.unicodeScalars.reduce(0) { sum, scalar in
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: sum
    default: sum + (isWide(scalar) ? 2 : 1)
    }
  }
}

/// The blocks that Unicode's EastAsianWidth.txt gives as W or F, in coarse ranges.
private func isWide(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
    true
  default: false
  }
}

func padded(_ text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - columns(text)))
}

func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

/// Lines of at most `width` columns, broken at blanks; a word that is longer than a line is cut.
func wrapped(_ text: String, to width: Int) -> [String] {
  var lines: [String] = []
  var (line, filled) = ("", 0)
  for whole in text.split(separator: " ", omittingEmptySubsequences: false) {
    var word = whole
    if !line.isEmpty {
      let own = columns(word, upTo: width)
      if filled + 1 + own <= width {
        line += " " + word
        filled += 1 + own
        continue
      }
      // A word that no line can hold begins on this one.
      let room = width - filled - 1
      if own > width, room >= 12 {
        let head = prefix(of: word, columns: room)
        line += " " + head
        word = word[head.endIndex...]
      }
      lines.append(line)
    }
    while columns(word, upTo: width) > width {
      let head = prefix(of: word, columns: width)
      lines.append(String(head))
      word = word[head.endIndex...]
    }
    line = String(word)
    filled = columns(word, upTo: width)
  }
  if !line.isEmpty || lines.isEmpty { lines.append(line) }
  return lines
}

/// The columns of a text, or some number above the limit: of a long text no more is looked at than fits.
private func columns(_ text: Substring, upTo limit: Int) -> Int {
  var sum = 0
  for character in text {
    sum += columns(String(character))
    if sum > limit { break }
  }
  return sum
}

/// The first characters that fit, at least one; broken after a comma, colon or slash where there is one.
private func prefix(of word: Substring, columns width: Int) -> Substring {
  var (end, filled) = (word.startIndex, 0)
  var seam: Substring.Index?
  while end < word.endIndex {
    let character = word[end]
    filled += columns(String(character))
    if end != word.startIndex, filled > width { break }
    let next = word.index(after: end)
    if ",:/".contains(character), end != word.startIndex { seam = next }
    end = next
  }
  return word[..<(seam ?? end)]
}

/// A wrapped paragraph; lines after the first stand `hanging` columns further in.
func paragraph(_ text: String, indent: Int = 0, hanging: Int = 0, width: Int) -> [String] {
  let first = spaces(indent)
  let lines = wrapped(text, to: max(20, width - indent - hanging))
  return lines.enumerated().map { $0.offset == 0 ? first + $0.element : spaces(indent + hanging) + $0.element }
}
