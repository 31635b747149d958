/// One option of a verb.
struct Flag: Hashable, Sendable {
  /// With its two hyphens: `--set`.
  let name: String
  /// The word that stands for its value in help; nil for a switch.
  let argument: String?
  /// One line of help.
  let summary: String
  let isRepeatable: Bool

  /// A switch.
  init(_ name: String, _ summary: String) {
    (self.name, argument, self.summary, isRepeatable) = (name, nil, summary, false)
  }

  /// An option with a value.
  init(_ name: String, _ argument: String, repeatable: Bool = false, _ summary: String) {
    (self.name, self.argument, self.summary, isRepeatable) = (name, argument, summary, repeatable)
  }

  /// As help shows it: `--set NAME=VALUE`.
  var usage: String { argument.map { "\(name) \($0)" } ?? name }
}

extension Flag {
  static let set = Flag(
    "--set", "NAME=VALUE", repeatable: true, "an input; again for each further value of a list; @FILE reads FILE")
  static let values = Flag("--values", "FILE", "inputs from FILE, as harden init writes it; --set goes before it")
  static let replace = Flag("--replace", "leave the recipe that this host remembers for another one")
  static let only = Flag("--only", "SECTION", "show this section of the plan alone")
  static let diff = Flag("--diff", "show the text of files, old and new")
  static let commands = Flag("--commands", "show the shell lines that would come to the same")
  static let json = Flag("--json", "print the result as JSON")
  static let exitCode = Flag("--exit-code", "exit with 2 when something differs")
  static let from = Flag("--from", "ADDRESS", "where you log in from, if harden cannot tell or is wrong")
  static let recorded = Flag(
    "--recorded", "HOST", "speak of a recorded host, nothing real: debian-12 or debian-13")
  static let planFile = Flag("--out", "FILE", "save the plan, for harden apply FILE")
  static let yes = Flag("--yes", "do not ask")
  static let confirmWithin = Flag(
    "--confirm-within", "TIME", "how long a change of the ways in waits for harden confirm: 90s, 5m (if not given), 1h")
  static let noConfirm = Flag("--no-confirm", "change the ways in at once, for good unless a revert is armed already")
  static let verbose = Flag("--verbose", "also show the order of the steps, and how often the host was asked")
  static let help = Flag("--help", "print this")

  /// What names a recipe and its inputs.
  static let recipeFlags: [Flag] = [.set, .values, .replace]
}
