import HostAccess
import HostState
import RecipeDSL

extension Verb {
  static let initialise = Verb(
    "init", arguments: ["RECIPE"], summary: "write a file with a recipe's inputs and a best guess for each",
    discussion: [
      "Looks at the host (what it remembers of the last apply, else keys, names, listening ports, firewall) and writes "
        + "RECIPE.values, in which every input is explained. Edit it, then give it with --values. Changes nothing else.",
      "A file that is there already is never overwritten without --force. --out - prints instead.",
    ],
    flags: [.out, .force, .recorded],
    examples: ["harden init vps", "harden plan vps --values vps.values"]
  ) { invocation, tool throws(Failure) in
    let type = try tool.recipeType(named: invocation.arguments[0])
    let file = invocation.value(.out) ?? "\(type.name).values"
    let reading = try tool.remembered(invocation)
    if reading == .unreadable { tool.say([Memory.hidden]) }
    let guesses = try Guesses(of: try tool.host(invocation), remembering: reading.memory)
    let text = ValuesFile.text(for: type, guesses)
    guard file != "-" else {
      tool.console.print(text)
      return .done
    }
    do throws(Diagnostic) {
      try UserFiles.write(text, to: file, mode: 0o600, replacing: invocation.has(.force))
    } catch {
      var diagnostic = error
      if error.kind == .alreadyThere {
        diagnostic.fix = "Add --force to write it anew, or --out FILE to write another one."
      }
      throw Failure(diagnostic)
    }
    tool.console.print("\(file)\n")
    tool.console.note(
      "Read and edit it, then look at what would change:\n\n"
        + "    harden plan \(type.name) --values \(Command.quoted(file))\n")
    return .done
  }
}

extension Flag {
  static let out = Flag("--out", "FILE", "write to FILE; - for standard output")
  static let force = Flag("--force", "overwrite a file that is there")
}
