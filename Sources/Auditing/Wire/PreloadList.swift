/// Names that browsers only ever ask over https, by Chromium's `transport_security_state_static.json`.
package struct PreloadList: Hashable, Sendable {
  /// Each name, and whether what is below it counts as well.
  private let names: [String: Bool]

  /// The built-in list and these names.
  package init(adding names: [String: Bool] = [:]) {
    self.names = Self.topLevels.merging(names) { $0 || $1 }
  }

  func adding(_ more: [String: Bool]) -> PreloadList {
    PreloadList(adding: names.merging(more) { $0 || $1 })
  }

  package func contains(_ host: String) -> Bool {
    var host = host.lowercased()
    if host.hasSuffix(".") { host.removeLast() }
    guard !isAddress(host) else { return false }
    if names[host] != nil { return true }
    var labels = host.pieces(at: ".")[...]
    while labels.count > 1 {
      labels = labels.dropFirst()
      if names[labels.joined(separator: ".")] == true { return true }
    }
    return false
  }

  /// Every top level that is preloaded whole (the list as of January 2025).
  private static let topLevels: [String: Bool] = {
    let text = """
      amazon android app audible azure bank bing boo channel chrome dad day dev eat esq fire fly foo fujitsu gle gmail \
      google hangout hotmail imdb ing insurance kindle meet meme microsoft mov new nexus office page phd play prime prof \
      rsvp search silk skype windows xbox xn--cckwcxetd xn--jlq480n2rg youtube zappos zip
      """
    return Dictionary(uniqueKeysWithValues: text.split(separator: " ").map { (String($0), true) })
  }()
}
