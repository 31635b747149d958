/// Whether the scan stands within `svg` or `math`, where `script` and `style` hold no raw text (HTML standard §13.2.6.5).
struct ForeignContent: Sendable {
  private enum Space { case html, svg, math }
  private var spaces: [Space] = [.html]

  var isWithin: Bool { spaces.last != .html }

  /// A start tag. True where it lies within foreign content.
  mutating func open(_ tag: StartTag) -> Bool {
    if tag.name == "svg" || tag.name == "math" {
      if !tag.isSelfClosing { spaces.append(tag.name == "svg" ? .svg : .math) }
      return true
    }
    guard isWithin else { return false }
    if Self.leaving.contains(tag.name)
      || (tag.name == "font" && tag.attributes.contains { ["color", "face", "size"].contains($0.name) })
    {
      spaces.removeLast()
      return isWithin
    }
    if !tag.isSelfClosing, isIntegrationPoint(tag) { spaces.append(.html) }
    return true
  }

  mutating func close(_ name: String) {
    guard spaces.count > 1 else { return }
    let isOver =
      switch spaces[spaces.count - 1] {
      case .svg: name == "svg"
      case .math: name == "math"
      case .html:
        spaces[spaces.count - 2] == .svg
          ? Self.svgPoints.contains(name) : Self.mathPoints.contains(name) || name == "annotation-xml"
      }
    if isOver { spaces.removeLast() }
  }

  private func isIntegrationPoint(_ tag: StartTag) -> Bool {
    if spaces.last == .svg { return Self.svgPoints.contains(tag.name) }
    if tag.name == "annotation-xml" {
      return ["text/html", "application/xhtml+xml"].contains(tag.attribute("encoding")?.lowercased())
    }
    return Self.mathPoints.contains(tag.name)
  }

  private static let svgPoints: Set<String> = ["foreignobject", "desc", "title"]
  private static let mathPoints: Set<String> = ["mi", "mo", "mn", "ms", "mtext"]
  /// Tags that no foreign content holds.
  private static let leaving: Set<String> = [
    "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3",
    "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s",
    "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var",
  ]
}
