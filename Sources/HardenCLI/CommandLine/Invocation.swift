import HostState
import RecipeDSL

/// A command line that was understood: a verb with its arguments and options.
struct Invocation: Sendable {
  let verb: Verb
  let arguments: [String]
  /// All that was typed behind the verb.
  private let words: [String]
  private let options: [String: [String]]

  func has(_ flag: Flag) -> Bool { options[flag.name] != nil }
  func value(_ flag: Flag) -> String? { options[flag.name]?.last }
  func values(_ flag: Flag) -> [String] { options[flag.name] ?? [] }
  /// The argument at this place; nil when it was left out.
  func argument(_ index: Int) -> String? { index < arguments.count ? arguments[index] : nil }

  /// The same once more, for root.
  var underSudo: String { (["sudo", "harden", verb.name] + words.map(Command.quoted)).joined(separator: " ") }

  /// Reads the words after the verb's name. Options may stand anywhere; after `--` everything is an argument.
  init(_ verb: Verb, _ words: [String]) throws(Failure) {
    self.verb = verb
    self.words = words
    var (arguments, options): ([String], [String: [String]]) = ([], [:])
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        arguments += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        arguments.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = parts[0] == "-h" ? "--help" : parts[0]
      guard let flag = verb.flags.first(where: { $0.name == name }) else {
        throw .misuse(.unknownOption(name, verb))
      }
      var value = parts.count == 2 ? parts[1] : nil
      if flag.argument == nil, value != nil { throw .misuse(.valueForSwitch(flag, verb)) }
      if flag.argument != nil, value == nil {
        guard let next = rest.popFirst() else { throw .misuse(.valueMissing(flag, verb)) }
        value = next
      }
      if options[name] != nil, flag.argument != nil, !flag.isRepeatable { throw .misuse(.givenTwice(flag, verb)) }
      options[name, default: []].append(value ?? "")
    }
    (self.arguments, self.options) = (arguments, options)
    guard !has(.help) else { return }
    if arguments.count > verb.arguments.count {
      throw .misuse(.tooMany(arguments[verb.arguments.count], verb))
    }
    if arguments.count < verb.requiredArguments.count {
      throw .misuse(.missingArgument(verb.requiredArguments[arguments.count], verb))
    }
  }
}

extension Diagnostic {
  fileprivate static func unknownOption(_ name: String, _ verb: Verb) -> Diagnostic {
    let meant = nearMiss(to: name, in: verb.flags.map(\.name)).map { " Did you mean \($0)?" } ?? ""
    return Diagnostic(
      "Unknown option", detail: "harden \(verb.name) has no option “\(name)”.\(meant)", fix: verb.helpCommand)
  }
  fileprivate static func valueForSwitch(_ flag: Flag, _ verb: Verb) -> Diagnostic {
    Diagnostic("Value not expected", detail: "\(flag.name) takes no value.", fix: verb.helpCommand)
  }
  fileprivate static func valueMissing(_ flag: Flag, _ verb: Verb) -> Diagnostic {
    Diagnostic("Value missing", detail: "\(flag.usage) needs a value.", fix: verb.helpCommand)
  }
  fileprivate static func givenTwice(_ flag: Flag, _ verb: Verb) -> Diagnostic {
    Diagnostic("Option given twice", detail: "\(flag.name) can be given once.", fix: verb.helpCommand)
  }
  fileprivate static func tooMany(_ word: String, _ verb: Verb) -> Diagnostic {
    let hint = word.contains("=") ? " An input is given as --set \(word)." : ""
    return Diagnostic(
      "Argument not expected", detail: "harden \(verb.name) does not know what to do with “\(word)”.\(hint)",
      fix: verb.helpCommand)
  }
  fileprivate static func missingArgument(_ name: String, _ verb: Verb) -> Diagnostic {
    Diagnostic("Argument missing", detail: "harden \(verb.name) needs \(name).", fix: verb.helpCommand)
  }
}

extension Verb {
  fileprivate var helpCommand: String { "harden \(name) --help" }
}
