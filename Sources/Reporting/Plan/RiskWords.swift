import HostState

extension Risk {
  /// What it does to the ways into the host; nil where nothing.
  fileprivate func words(closing: String) -> String? {
    switch self {
    case .none, .service: nil
    case .opens: "opens a way in"
    case .closes: closing
    }
  }
}

extension Change {
  /// What it does to the ways into the host; nil where nothing.
  var riskWords: String? { risk.words(closing: "closes a way in") }
}

extension Step {
  /// What it can do to them. A daemon that reads its files again may close one, also where every change opens one.
  var riskWords: String? { risk.words(closing: "may close a way in") }

  /// The same behind the step's title, in parentheses.
  var riskSuffix: String { riskWords.map { " (\($0))" } ?? "" }
}
