/// The elements that are open at a place of the page, as far as it takes to know whether that lies within `svg` or
/// `math`, where `script` and `style` hold no raw text.
///
/// By the rules of htmlparser2 12, which the Observatory scans pages with; browsers' own are stricter.
struct OpenElements: Sendable {
  private enum Space { case html, svg, math }
  /// The innermost last.
  private var names: [String] = []
  /// How many of each are open: hundreds of thousands can be, and must not be walked for every tag.
  private var counts: [String: Int] = [:]
  private var spaces: [Space] = [.html]

  var isForeign: Bool { spaces.last != .html }

  /// A start tag. False where it counts for nothing: a form within a form.
  mutating func open(_ tag: String, isSelfClosing: Bool) -> Bool {
    let name = spelled(tag)
    if name == "form", isOpen("form") { return false }
    if let closed = Self.closedBy[name] {
      while let last = names.last, closed.contains(last) { pop() }
    }
    guard !Self.void.contains(name) else { return true }
    names.append(name)
    counts[name, default: 0] += 1
    switch name {
    case "svg": spaces.append(.svg)
    case "math": spaces.append(.math)
    default: if Self.htmlWithin.contains(name) { spaces.append(.html) }
    }
    if isSelfClosing, isForeign { pop() }
    return true
  }

  /// An end tag: of the innermost element of that name, and of all within it.
  mutating func close(_ tag: String) {
    let name = spelled(tag)
    guard !Self.void.contains(name), isOpen(name) else { return }
    while pop() != name {}
  }

  private func isOpen(_ name: String) -> Bool { counts[name, default: 0] > 0 }

  @discardableResult private mutating func pop() -> String {
    let name = names.removeLast()
    counts[name, default: 0] -= 1
    if name == "svg" || name == "math" || Self.htmlWithin.contains(name) { spaces.removeLast() }
    return name
  }

  private func spelled(_ name: String) -> String {
    if name == "foreignobject", spaces.last == .svg || (spaces.count > 1 && isOpen("foreignObject")) {
      return "foreignObject"
    }
    return name == "image" && !isForeign ? "img" : name
  }

  /// Elements that hold HTML again, wherever they stand.
  private static let htmlWithin: Set<String> = [
    "mi", "mo", "mn", "ms", "mtext", "annotation-xml", "foreignObject", "desc", "title",
  ]

  private static let void: Set<String> = [
    "area", "base", "basefont", "br", "col", "command", "embed", "frame", "hr", "img", "input", "isindex", "keygen",
    "link", "meta", "param", "source", "track", "wbr",
  ]

  /// What a start tag closes where it is innermost.
  private static let closedBy: [String: Set<String>] = {
    var table: [String: Set<String>] = [
      "tr": ["tr", "th", "td"], "th": ["th", "td"], "td": ["thead", "th", "td"], "body": ["head", "link", "script"],
      "a": ["a"], "li": ["li"], "option": ["option"], "optgroup": ["optgroup", "option"],
    ]
    let groups: [([String], Set<String>)] = [
      (["h1", "h2", "h3", "h4", "h5", "h6"], ["h1", "h2", "h3", "h4", "h5", "h6", "p"]),
      (
        ["select", "input", "output", "button", "datalist", "textarea"],
        ["input", "option", "optgroup", "select", "button", "datalist", "textarea"]
      ),
      (["dd", "dt"], ["dd", "dt"]), (["rt", "rp"], ["rt", "rp"]),
      (["thead", "tbody", "tfoot"], ["thead", "tbody", "tfoot", "tr", "td", "th"]),
      (
        [
          "p", "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figcaption", "figure",
          "footer", "form", "header", "hr", "main", "nav", "ol", "pre", "section", "table", "ul",
        ], ["p"]
      ),
    ]
    for (openers, closed) in groups { for opener in openers { table[opener] = closed } }
    return table
  }()
}
