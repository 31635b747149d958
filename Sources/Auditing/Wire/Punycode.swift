/// Labels of domains in ASCII that stand for others (RFC 3492), as far as an address with an impossible one is none.
enum Punycode {
  /// False for an `xn--` label that stands for nothing that a domain can hold (UTS #46 §4.1).
  static func isPossible(_ label: String) -> Bool {
    guard label.begins(with: "xn--") else { return true }
    guard let decoded = decoded(label.utf8.dropFirst(4)), decoded.contains(where: { !$0.isASCII }),
      !decoded.starts(with: "xn--".unicodeScalars)
    else { return false }
    // What would be spelled in another way is not in order, and neither are marks in front.
    let marks: [Unicode.GeneralCategory] = [.nonspacingMark, .spacingMark, .enclosingMark]
    return !decoded.contains { isMapped($0) || isDisallowed($0) }
      && !marks.contains(decoded[0].properties.generalCategory)
  }

  /// What becomes something else, or nothing; sharp s and the final sigma stay.
  private static func isMapped(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isDefaultIgnorableCodePoint
      || scalar.properties.changesWhenCaseFolded && scalar != "\u{DF}" && scalar != "\u{3C2}"
  }

  /// What is neither a letter, a mark, a number nor a sign: control characters, blanks, what nobody has assigned.
  static func isDisallowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .unassigned, .privateUse, .spaceSeparator, .lineSeparator, .paragraphSeparator: true
    case .format: !scalar.properties.isDefaultIgnorableCodePoint
    default: scalar == "\u{FFFC}" || scalar == "\u{FFFD}"
    }
  }

  /// RFC 3492 §6.2; nil for what is none.
  private static func decoded(_ label: Substring.UTF8View) -> [Unicode.Scalar]? {
    let seam = label.lastIndex(of: UInt8(ascii: "-"))
    var output = seam.map { label[..<$0].map { UInt32($0) } } ?? []
    var rest = seam.map { label[label.index(after: $0)...] } ?? label
    var (code, index, bias): (UInt32, UInt32, UInt32) = (128, 0, 72)
    while !rest.isEmpty {
      let start = index
      var (weight, step): (UInt32, UInt32) = (1, 36)
      while true {
        guard let digit = rest.popFirst().flatMap(value) else { return nil }
        let (part, isTooMuch) = digit.multipliedReportingOverflow(by: weight)
        let (sum, isTooLong) = index.addingReportingOverflow(part)
        guard !isTooMuch, !isTooLong else { return nil }
        index = sum
        let threshold = step <= bias ? 1 : min(26, step - bias)
        if digit < threshold { break }
        let (grown, isTooHeavy) = weight.multipliedReportingOverflow(by: 36 - threshold)
        guard !isTooHeavy else { return nil }
        (weight, step) = (grown, step + 36)
      }
      let count = UInt32(output.count + 1)
      bias = adapted(index - start, count, isFirst: start == 0)
      let (sum, isTooLong) = code.addingReportingOverflow(index / count)
      guard !isTooLong else { return nil }
      (code, index) = (sum, index % count)
      output.insert(code, at: Int(index))
      index += 1
    }
    let scalars = output.compactMap(Unicode.Scalar.init)
    return scalars.count == output.count ? scalars : nil
  }

  /// A label in lower case as it is asked for: outside of ASCII an `xn--` one (RFC 3492 §6.3). Nil for one too long.
  static func ascii(_ label: String) -> String? {
    let scalars = label.unicodeScalars.filter { $0.isASCII || !$0.properties.isDefaultIgnorableCodePoint }
    let plain = scalars.filter(\.isASCII)
    guard plain.count < scalars.count else { return String(String.UnicodeScalarView(plain)) }
    var output = String(String.UnicodeScalarView(plain)) + (plain.isEmpty ? "" : "-")
    var (code, delta, bias, done): (UInt32, UInt32, UInt32, UInt32) = (128, 0, 72, UInt32(plain.count))
    guard scalars.count < 1000 else { return nil }
    while done < scalars.count {
      guard let next = scalars.map(\.value).filter({ $0 >= code }).min() else { return nil }
      delta += (next - code) * (done + 1)
      code = next
      for scalar in scalars {
        if scalar.value < code { delta += 1 }
        guard scalar.value == code else { continue }
        var (rest, step) = (delta, UInt32(36))
        while true {
          let threshold = step <= bias ? 1 : min(26, step - bias)
          if rest < threshold { break }
          output.unicodeScalars.append(letter(threshold + (rest - threshold) % (36 - threshold)))
          (rest, step) = ((rest - threshold) / (36 - threshold), step + 36)
        }
        output.unicodeScalars.append(letter(rest))
        bias = adapted(delta, done + 1, isFirst: done == plain.count)
        (delta, done) = (0, done + 1)
      }
      (delta, code) = (delta + 1, code + 1)
    }
    return "xn--" + output
  }

  private static func letter(_ digit: UInt32) -> Unicode.Scalar {
    Unicode.Scalar(UInt8(truncatingIfNeeded: digit < 26 ? digit + 97 : digit + 22))
  }

  private static func value(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 97
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 22
    default: nil
    }
  }

  private static func adapted(_ delta: UInt32, _ count: UInt32, isFirst: Bool) -> UInt32 {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / count
    var bias: UInt32 = 0
    while delta > 455 {
      delta /= 35
      bias += 36
    }
    return bias + 36 * delta / (delta + 38)
  }
}
