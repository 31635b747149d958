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
  var line = ""
  for word in text.split(separator: " ", omittingEmptySubsequences: false) {
    var word = String(word)
    if !line.isEmpty {
      if columns(line) + 1 + columns(word) <= width {
        line += " " + word
        continue
      }
      // A word that no line can hold begins on this one.
      let room = width - columns(line) - 1
      if columns(word) > width, room >= 12 {
        let head = prefix(of: word, columns: room)
        line += " " + head
        word = String(word.dropFirst(head.count))
      }
      lines.append(line)
      line = ""
    }
    while columns(word) > width {
      let head = prefix(of: word, columns: width)
      lines.append(head)
      word = String(word.dropFirst(head.count))
    }
    line = word
  }
  if !line.isEmpty || lines.isEmpty { lines.append(line) }
  return lines
}

/// The first characters that fit, at least one; broken after a comma, colon or slash where there is one.
private func prefix(of word: String, columns width: Int) -> String {
  var head = ""
  for character in word {
    if !head.isEmpty && columns(head) + columns(String(character)) > width { break }
    head.append(character)
  }
  if let seam = head.lastIndex(where: { ",:/".contains($0) }), seam != head.startIndex {
    return String(head[...seam])
  }
  return head
}

/// A wrapped paragraph; lines after the first stand `hanging` columns further in.
func paragraph(_ text: String, indent: Int = 0, hanging: Int = 0, width: Int) -> [String] {
  let first = spaces(indent)
  let lines = wrapped(text, to: max(20, width - indent - hanging))
  return lines.enumerated().map { $0.offset == 0 ? first + $0.element : spaces(indent + hanging) + $0.element }
}
