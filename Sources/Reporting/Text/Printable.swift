/// The text with everything escaped that could move a terminal's cursor, reorder a line or hide in it.
///
/// Names and values come from hosts: a file name may hold escape sequences, a comment may hold U+202E, which turns the
/// rest of the line around. Line breaks are escaped as well, so one value stays one line.
func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnprintable) else { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if isUnprintable(scalar) {
      result.append(contentsOf: escaped(scalar).unicodeScalars)
    } else {
      result.append(scalar)
    }
  }
  return String(result)
}

func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
  default: false
  }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
  switch scalar {
  case "\n": return "\\n"
  case "\r": return "\\r"
  case "\t": return "\\t"
  default: break
  }
  let digits = String(scalar.value, radix: 16, uppercase: true)
  if scalar.value < 0x100 { return "\\x" + (digits.count < 2 ? "0" : "") + digits }
  return "\\u{\(digits)}"
}
