/// What a page loads and where it sends forms, by the Content-Security-Policy directive that governs it.
struct PageResources {
  enum Kind: String {
    case script = "script-src"
    case style = "style-src"
    case image = "img-src"
    case font = "font-src"
    case media = "media-src"
    case frame = "frame-src"
    case object = "object-src"
    case form = "form-action"
    case manifest = "manifest-src"
  }
  struct Resource {
    let kind: Kind
    /// As it stands in the page.
    let text: String
    let address: WebAddress?
    let integrity: String?
  }
  private(set) var all: [Resource] = []
  private(set) var inlineScripts: [String] = []
  private(set) var inlineStyles: [String] = []
  /// Elements with `style=`, and with `onclick=` and the like.
  private(set) var styleAttributes = 0
  private(set) var handlers = 0
  private(set) var javascriptLinks = 0
  let scan: PageScan

  init(_ page: Exchange) {
    // Without a content type browsers look what it is.
    scan = page.isHTML || page.contentType == nil ? PageBody(page).scan : PageScan("")
    let location = page.address
    let base = scan.tags.first { $0.name == "base" }?.attribute("href").flatMap { location?.resolving($0) } ?? location
    for (index, tag) in scan.tags.enumerated() {
      func add(_ kind: Kind, _ attribute: String) {
        guard let text = tag.attribute(attribute)?.trimmed, !text.isEmpty else { return }
        all.append(
          Resource(
            kind: kind, text: text, address: base?.resolving(text), integrity: tag.attribute("integrity")))
      }
      switch tag.name {
      case "script":
        if tag.attribute("src") != nil {
          add(.script, "src")
        } else if let text = scan.rawTexts[index], !text.trimmed.isEmpty, Self.runs(tag.attribute("type")) {
          inlineScripts.append(text)
        }
      case "style": if let text = scan.rawTexts[index] { inlineStyles.append(text) }
      case "link": if let kind = Self.kind(ofLink: tag) { add(kind, "href") }
      case "img":
        add(.image, "src")
        for candidate in (tag.attribute("srcset") ?? "").pieces(at: ",") {
          guard let text = candidate.words.first else { continue }
          all.append(Resource(kind: .image, text: text, address: base?.resolving(text), integrity: nil))
        }
      case "iframe", "frame": add(.frame, "src")
      case "video", "audio", "track": add(.media, "src")
      case "source":
        add(tag.attribute("srcset") == nil ? .media : .image, tag.attribute("srcset") == nil ? "src" : "srcset")
      case "object": add(.object, "data")
      case "embed": add(.object, "src")
      case "form": add(.form, "action")
      case "input" where tag.attribute("type")?.lowercased() == "image": add(.image, "src")
      default: break
      }
      if let style = tag.attribute("style"), !style.isEmpty { styleAttributes += 1 }
      if tag.attributes.contains(where: { $0.name.begins(with: "on") && $0.name.utf8.count > 3 }) { handlers += 1 }
      if let link = tag.attribute("href"), link.trimmed.lowercased().begins(with: "javascript:") {
        javascriptLinks += 1
      }
    }
  }

  /// JSON and templates within a script element are data.
  private static func runs(_ type: String?) -> Bool {
    guard let type = type?.trimmed.lowercased(), !type.isEmpty else { return true }
    return type == "module" || type == "importmap" || type.has("javascript") || type.has("ecmascript")
  }

  private static func kind(ofLink tag: StartTag) -> Kind? {
    let relations = Set((tag.attribute("rel") ?? "").lowercased().words)
    if relations.contains("stylesheet") { return .style }
    if relations.contains("icon") || relations.contains("apple-touch-icon") { return .image }
    if relations.contains("manifest") { return .manifest }
    if relations.contains("modulepreload") { return .script }
    guard relations.contains("preload") else { return nil }
    switch tag.attribute("as")?.lowercased() {
    case "script": return .script
    case "style": return .style
    case "font": return .font
    case "image": return .image
    default: return nil
    }
  }

  /// What a style sheet loads: fonts, images, other style sheets.
  static func resources(ofStyleSheet text: String, at address: WebAddress?) -> [Resource] {
    var found: [Resource] = []
    for (index, piece) in split(text, at: "url(").enumerated() where index > 0 {
      let inner = piece.parted(at: ")").0.trimmed
      let url = String(
        String.UnicodeScalarView(inner.unicodeScalars.filter { $0 != "\"" && $0 != "'" }))
      guard !url.isEmpty, !url.begins(with: "#") else { continue }
      let path = url.lowercased().parted(at: "?").0.parted(at: "#").0
      let isFont =
        [".woff", ".woff2", ".ttf", ".otf", ".eot"].contains { path.hasSuffix($0) }
        || url.lowercased().begins(with: "data:font") || url.lowercased().begins(with: "data:application/font")
      let kind: Kind = isFont ? .font : path.hasSuffix(".css") ? .style : .image
      found.append(Resource(kind: kind, text: url, address: address?.resolving(url), integrity: nil))
    }
    return found
  }

  private static func split(_ text: String, at word: String) -> [String] {
    let (bytes, word) = (Array(text.utf8), Array(word.utf8))
    var (pieces, start, place) = ([String](), 0, 0)
    while place + word.count <= bytes.count {
      if bytes[place..<(place + word.count)].elementsEqual(word) {
        pieces.append(String(decoding: bytes[start..<place], as: UTF8.self))
        place += word.count
        start = place
      } else {
        place += 1
      }
    }
    return pieces + [String(decoding: bytes[start...], as: UTF8.self)]
  }
}
