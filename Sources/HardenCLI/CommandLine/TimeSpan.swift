import HostState

/// A length of time as people type it and read it.
enum TimeSpan {
  /// Shortest and longest window, in seconds: time to log in, and a day.
  static let limits = 5...86_400

  /// Seconds of `90s`, `5m`, `1h30m`; nil for anything else.
  static func seconds(_ text: String) -> Int? {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
    var (total, digits) = (0, "")
    for character in text {
      if character.isASCII, character.isNumber, digits.count < 6 {
        digits.append(character)
      } else {
        guard let unit = units[character], let number = Int(digits) else { return nil }
        total += number * unit
        digits = ""
      }
    }
    return digits.isEmpty && total > 0 ? total : nil
  }

  /// `45 seconds`, `5 minutes`, `4 min 20 s`.
  static func words(_ seconds: Int) -> String {
    if seconds < 60 { return "\(seconds) second\(seconds == 1 ? "" : "s")" }
    if seconds % 3600 == 0 { return "\(seconds / 3600) hour\(seconds == 3600 ? "" : "s")" }
    if seconds % 60 == 0 { return "\(seconds / 60) minute\(seconds == 60 ? "" : "s")" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0 ? "\(hours) h \(minutes) min" : "\(minutes) min \(seconds % 60) s"
  }
}

extension Invocation {
  /// How long a window stays open where nothing else is said, in seconds.
  static let patience = 300

  /// How long a window stays open, in seconds; nil where none is wanted.
  ///
  /// - Throws: a `Failure` for what is no length of time, or where both options are given.
  func confirmWithin() throws(Failure) -> Int? {
    guard let text = value(.confirmWithin) else { return has(.noConfirm) ? nil : Self.patience }
    guard !has(.noConfirm) else { throw .misuse(.bothConfirms) }
    guard let seconds = TimeSpan.seconds(text), TimeSpan.limits.contains(seconds) else {
      throw .misuse(.noTimeSpan(text))
    }
    return seconds
  }
}

extension Diagnostic {
  fileprivate static func noTimeSpan(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not a length of time",
      detail: "“\(text)” is not a time from 5 seconds to a day, as 90s, 5m or 1h are.", fix: "harden apply --help")
  }

  fileprivate static let bothConfirms = Diagnostic(
    "Options that exclude each other", detail: "--confirm-within sets how long a revert waits, --no-confirm arms none.",
    fix: "harden apply --help")
}
