import Foundation
import HostAccess
import HostState
import RecipeDSL
import Reporting

/// The command-line tool, around whatever recipes it is given.
///
///     import HardenCLI
///     HardenTool.main(recipes: [MyServer.self])
public enum HardenTool {
  public static let version = "0.1.0"

  /// Does what the command line says and exits.
  public static func main(recipes: [any Recipe.Type]) -> Never {
    Console.openStandardStreams()
    let isRoomy = Console.raiseFileLimit()
    OverlayHelper.runIfAsked(CommandLine.arguments)
    RehearsalHelper.runIfAsked(CommandLine.arguments)
    VisitorProxy.runIfAsked(CommandLine.arguments)
    ServiceHelper.runIfAsked(CommandLine.arguments)
    ShellWatch.runIfAsked(CommandLine.arguments)
    let tool = Tool(recipes: recipes, console: Console())
    guard isRoomy else {
      tool.console.note(Report.text(of: [.fewFiles], style: tool.errorStyle))
      exit(ExitCode.failed.rawValue)
    }
    var code = tool.run(Array(CommandLine.arguments.dropFirst()))
    if let loss = tool.console.lost {
      tool.console.note(Report.text(of: [.resultLost(loss)], style: tool.errorStyle))
      if code == .done { code = .failed }
    }
    exit(code.rawValue)
  }
}

/// The verbs over a list of recipes and a console.
struct Tool: Sendable {
  let recipes: [any Recipe.Type]
  let console: Console
  /// Where this host remembers its recipe.
  var memoryDirectory = Memory.directory

  static let verbs: [Verb] = [
    .recipes, .show, .initialise, .plan, .apply, .confirm, .verify, .history, .undo, .setSecret, .template, .audit,
    .why,
  ]
  /// What units of systemd run, and nobody by hand.
  static let hiddenVerbs: [Verb] = [.revertWindow, .confirmSession]

  func run(_ words: [String]) -> ExitCode {
    do throws(Failure) {
      return try dispatch(words)
    } catch {
      console.note(Report.text(of: error.diagnostics, style: errorStyle))
      return error.code
    }
  }

  private func dispatch(_ words: [String]) throws(Failure) -> ExitCode {
    guard let first = words.first else {
      console.note(Help.tool(Self.verbs))
      return .misused
    }
    switch first {
    case "--help", "-h":
      console.print(Help.tool(Self.verbs))
      return .done
    case "help":
      let rest = Array(words.dropFirst())
      console.print(rest.isEmpty ? Help.tool(Self.verbs) : Help.verb(try verb(rest)))
      return .done
    case "--version", "version":
      console.print("harden \(HardenTool.version)\n")
      return .done
    default: break
    }
    // “secret --help”, of which there is but one.
    if words.count == 2, ["--help", "-h"].contains(words[1]),
      let verb = Self.verbs.first(where: { $0.words.first == first })
    {
      console.print(Help.verb(verb))
      return .done
    }
    let verb = try verb(words)
    let invocation = try Invocation(verb, Array(words.dropFirst(verb.words.count)))
    if invocation.has(.help) {
      console.print(Help.verb(verb))
      return .done
    }
    return try verb.run(invocation, self)
  }

  private func verb(_ words: [String]) throws(Failure) -> Verb {
    if let verb = (Self.verbs + Self.hiddenVerbs).first(where: { Array(words.prefix($0.words.count)) == $0.words }) {
      return verb
    }
    throw .misuse(.unknownVerb(words, Self.verbs.map(\.name)))
  }

  var outputStyle: Style { Style(colour: console.outputHasColour, width: console.width(of: 1)) }
  var errorStyle: Style { Style(colour: console.errorsHaveColour, width: console.width(of: 2)) }
}

extension Diagnostic {
  fileprivate static let fewFiles = Diagnostic(
    "Too few open files",
    detail: "This process may have fewer than \(Console.filesNeeded) files open at a time, and may not raise that: "
      + "harden runs many programs at once, each with a pipe or two. Nothing was looked at.",
    fix: "ulimit -Hn 1024 -Sn 1024")

  fileprivate static func resultLost(_ loss: Console.Loss) -> Diagnostic {
    Diagnostic(
      "Result not written",
      detail: "Standard output took not all of the result: \(loss.reason). What was done to the host is done.",
      fix: loss.fix)
  }

  fileprivate static func unknownVerb(_ words: [String], _ verbs: [String]) -> Diagnostic {
    let given = words.first ?? ""
    // “secret” alone is half of “secret set”.
    let candidates = verbs + verbs.compactMap { $0.split(separator: " ").first.map(String.init) }
    let near = nearMiss(to: words.prefix(2).joined(separator: " "), in: verbs) ?? nearMiss(to: given, in: candidates)
    let meant = near.map { near in verbs.first { $0 == near || $0.hasPrefix(near + " ") } ?? near }
    let option = given.hasPrefix("-") ? " Options come after the verb." : ""
    return Diagnostic(
      "Unknown verb",
      detail: "harden has no verb “\(given)”.\(meant.map { " Did you mean \($0)?" } ?? option)", fix: "harden --help")
  }
}
