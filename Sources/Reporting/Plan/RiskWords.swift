import HostState

extension Risk {
  /// What it does to the ways into the host; nil where nothing.
  var words: String? {
    switch self {
    case .none, .service: nil
    case .opens: "opens a way in"
    case .closes: "closes a way in"
    }
  }

  /// The same behind a step's title, in parentheses.
  var suffix: String { words.map { " (\($0))" } ?? "" }
}
