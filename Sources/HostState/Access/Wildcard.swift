/// A pattern of `*`, `?` and `[…]`, as glob(7) and ssh's own patterns have them.
package struct Wildcard {
  private let pattern: [UInt8]

  package init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

  package func matches(_ text: String) -> Bool { Self.match(pattern[...], Array(text.utf8)[...]) }

  private static func match(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    // Once a later `*` is reached, an earlier one needs no second try: linear in practice, never exponential.
    var (pattern, text) = (pattern, text)
    var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        retry = (pattern, text)
      } else if let byte = text.first, let rest = step(pattern, byte) {
        (pattern, text) = (rest, text.dropFirst())
      } else if pattern.isEmpty && text.isEmpty {
        return true
      } else if let last = retry, !last.text.isEmpty {
        retry = (last.pattern, last.text.dropFirst())
        (pattern, text) = (last.pattern, last.text.dropFirst())
      } else {
        return false
      }
    }
  }

  /// What is left of the pattern if its first element takes the byte.
  private static func step(_ pattern: ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
    guard let first = pattern.first else { return nil }
    if first == UInt8(ascii: "?") { return pattern.dropFirst() }
    guard first == UInt8(ascii: "["), let end = pattern.dropFirst(2).firstIndex(of: UInt8(ascii: "]")) else {
      return first == byte ? pattern.dropFirst() : nil
    }
    var inside = pattern[(pattern.startIndex + 1)..<end]
    let negated = inside.first == UInt8(ascii: "!") || inside.first == UInt8(ascii: "^")
    if negated { inside = inside.dropFirst() }
    let set = Array(inside)
    var found = false
    var index = 0
    while index < set.count {
      if index + 2 < set.count, set[index + 1] == UInt8(ascii: "-") {
        if set[index] <= byte && byte <= set[index + 2] { found = true }
        index += 3
      } else {
        if set[index] == byte { found = true }
        index += 1
      }
    }
    return found != negated ? pattern[(end + 1)...] : nil
  }
}
