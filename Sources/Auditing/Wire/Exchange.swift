/// One header field as it came.
package struct HeaderField: Hashable, Codable, Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }

  /// `Name: value`, or a pair of the two.
  package init(from decoder: any Decoder) throws {
    if var pair = try? decoder.unkeyedContainer() {
      self.init(try pair.decode(String.self), try pair.decode(String.self))
      return
    }
    let line = try decoder.singleValueContainer().decode(String.self)
    let (name, value) = line.parted(at: ":")
    self.init(name, value ?? "")
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode("\(name): \(value)")
  }
}

/// A request's answer: its status, its header fields in order, its body as text.
package struct Exchange: Hashable, Sendable {
  /// What was asked for.
  package var url: String
  package var status: Int
  package var headers: [HeaderField]
  package var body: String
  /// The body was longer than was read.
  package var isCut: Bool

  package init(url: String, status: Int, headers: [HeaderField] = [], body: String = "", isCut: Bool = false) {
    (self.url, self.status, self.headers, self.body, self.isCut) = (url, status, headers, body, isCut)
  }

  package var address: WebAddress? { WebAddress(url) }

  /// All values of a header in order, blanks and tabs around them dropped (RFC 9110 §5.5).
  package func values(_ name: String) -> [String] {
    let name = name.lowercased()
    return headers.filter { $0.name.lowercased() == name }.map { Self.stripped($0.value) }
  }

  /// Repeated headers are one value, joined by commas (RFC 9110 §5.3). Nil where there is none.
  package func joined(_ name: String) -> String? {
    let all = values(name)
    return all.isEmpty ? nil : all.joined(separator: ", ")
  }

  package func first(_ name: String) -> String? { values(name).first }

  package var contentType: String? { first("content-type") }

  /// As the Observatory looks: not trimmed, and capitals count.
  package var isHTML: Bool {
    guard let contentType else { return false }
    return Self.isHTML(contentType)
  }

  static func isHTML(_ contentType: String) -> Bool {
    let kind = contentType.parted(at: ";").0
    return kind == "text/html" || kind == "application/xhtml+xml"
  }

  /// Where a redirect leads: a missing Location is taken for the word `undefined`, as JavaScript does.
  package var redirectTarget: WebAddress? {
    guard [301, 302, 303, 307, 308].contains(status) else { return nil }
    return address?.resolving(first("location") ?? "undefined")
  }

  /// What a redirect to a `data:` URL (RFC 2397) comes to: the Observatory's client takes that for an answer, which has
  /// no headers and a body that it cannot scan. Browsers refuse it.
  package var redirectedData: Exchange? {
    guard [301, 302, 303, 307, 308].contains(status), let location = first("location")?.trimmed else { return nil }
    let (scheme, rest) = location.parted(at: ":")
    guard scheme.lowercased() == "data", let (kind, _) = rest?.parted(at: ","), kind != rest else { return nil }
    var parts = kind.pieces(at: ";")
    if parts.count > 1, parts.last == "base64" { parts.removeLast() }
    let type = parts.removeFirst().pieces(at: "/")
    guard type == [""] || type.count > 1 && !type.contains("") else { return nil }
    guard parts.allSatisfy({ $0.pieces(at: "=").count > 1 && !$0.pieces(at: "=").contains("") }) else { return nil }
    return Exchange(url: "data:", status: 200, body: "{}")
  }

  private static func stripped(_ value: String) -> String {
    let scalars = value.unicodeScalars
    guard let first = scalars.firstIndex(where: { $0 != " " && $0 != "\t" }),
      let last = scalars.lastIndex(where: { $0 != " " && $0 != "\t" })
    else { return "" }
    return String(String.UnicodeScalarView(scalars[first...last]))
  }
}

extension Exchange: Codable {
  private enum Key: String, CodingKey { case url, status, headers, body, isCut }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    url = try values.decodeIfPresent(String.self, forKey: .url) ?? ""
    status = try values.decodeIfPresent(Int.self, forKey: .status) ?? 200
    if let object = try? values.decode([String: Repeated].self, forKey: .headers) {
      headers = object.sorted { $0.key < $1.key }.flatMap { entry in
        entry.value.texts.map { HeaderField(entry.key, $0) }
      }
    } else {
      headers = try values.decodeIfPresent([HeaderField].self, forKey: .headers) ?? []
    }
    body = try values.decodeIfPresent(String.self, forKey: .body) ?? ""
    isCut = try values.decodeIfPresent(Bool.self, forKey: .isCut) ?? false
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(url, forKey: .url)
    try values.encode(status, forKey: .status)
    try values.encode(headers, forKey: .headers)
    if !body.isEmpty { try values.encode(body, forKey: .body) }
    if isCut { try values.encode(true, forKey: .isCut) }
  }

  /// One text or several.
  private struct Repeated: Decodable {
    let texts: [String]
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let one = try? container.decode(String.self) {
        texts = [one]
      } else {
        texts = try container.decode([String].self)
      }
    }
  }
}
