/// A date as cookies give them, read as forgivingly as RFC 6265 §5.1.1 has it.
struct CookieDate: Comparable {
  /// Year, month from 0 on, day, hour, minute, second.
  private let parts: [Int]

  /// What an answer that does not say when it was given is taken to be no older than.
  static let latestKnown = CookieDate(beginningOf: 2026)

  static func < (left: CookieDate, right: CookieDate) -> Bool { left.parts.lexicographicallyPrecedes(right.parts) }

  private init(beginningOf year: Int) { parts = [year, 0, 1, 0, 0, 0] }

  init?(_ text: String) {
    var (time, day, month, year): ([Int]?, Int?, Int?, Int?)
    for token in text.unicodeScalars.split(whereSeparator: Self.separates) {
      let token = String(String.UnicodeScalarView(token))
      if time == nil, let found = Self.time(token) {
        time = found
      } else if day == nil, let found = Self.number(token, digits: 1...2) {
        day = found
      } else if month == nil, let found = Self.months.firstIndex(of: String(token.lowercased().prefix(3))) {
        month = found
      } else if year == nil, let found = Self.number(token, digits: 2...4) {
        year = found < 70 ? found + 2000 : found < 100 ? found + 1900 : found
      }
    }
    guard let time, let day, let month, let year, (1...31).contains(day), year >= 1601 else { return nil }
    guard time[0] < 24, time[1] < 60, time[2] < 60 else { return nil }
    parts = [year, month, day] + time
  }

  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  private static func separates(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x20...0x2F, 0x3B...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  /// The digits at the beginning, if there are neither fewer nor more.
  private static func number(_ token: String, digits: ClosedRange<Int>) -> Int? {
    let found = String(String.UnicodeScalarView(token.unicodeScalars.prefix(while: \.isDigit)))
    return digits.contains(found.utf8.count) ? Int(found) : nil
  }

  /// `1:02:03`, with anything behind it.
  private static func time(_ token: String) -> [Int]? {
    let fields = token.pieces(at: ":")
    guard fields.count == 3, fields[0].utf8.count <= 2, fields[1].utf8.count <= 2 else { return nil }
    let numbers = fields.compactMap { number($0, digits: 1...2) }
    let areWhole = fields.prefix(2).allSatisfy { $0.unicodeScalars.allSatisfy(\.isDigit) }
    return numbers.count == 3 && areWhole ? numbers : nil
  }
}
