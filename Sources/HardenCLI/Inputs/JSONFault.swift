/// What is wrong with JSON that somebody wrote, in words: Foundation's own speak of Swift's types.
enum JSONFault {
  static func words(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
    case .valueNotFound(_, let context): "\(place(context.codingPath)) is null"
    case .typeMismatch(let type, let context): "\(place(context.codingPath)) has to be \(kind(type))"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\(place(context.codingPath)) is not what belongs there"
    default: "it is not JSON"
    }
  }

  /// `“https.exchanges[0].status”`.
  private static func place(_ path: [any CodingKey]) -> String {
    guard !path.isEmpty else { return "it" }
    var words = ""
    for key in path {
      words += key.intValue.map { "[\($0)]" } ?? (words.isEmpty ? key.stringValue : ".\(key.stringValue)")
    }
    return "“\(words)”"
  }

  private static func kind(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any Collection.Type: "\(type)".hasPrefix("Dictionary") ? "an object" : "a list"
    default: "something else"
    }
  }
}
