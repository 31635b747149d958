/// How text is laid out: for a terminal, a file or a log.
package struct Style: Hashable, Sendable {
  /// Whether to colour; colour repeats what signs and words say, it never says anything alone.
  package var colour: Bool
  /// Columns of the terminal.
  package var width: Int
  /// Whether long lists are printed whole, and details are added.
  package var isVerbose: Bool

  package init(colour: Bool = false, width: Int = 100, isVerbose: Bool = false) {
    self.colour = colour
    self.width = max(40, width)
    self.isVerbose = isVerbose
  }
}

/// Select Graphic Rendition parameters of ECMA-48 §8.3.117, from the 16 colours that every terminal has.
enum Paint: String {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
  case alarm = "1;31"
}

extension Style {
  func paint(_ text: String, _ paint: Paint?) -> String {
    guard colour, let paint, !text.isEmpty else { return text }
    return "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m"
  }
}
