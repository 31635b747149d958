import HostState
import Testing

@testable import HardenCLI

private func parsed(_ line: String) throws(Failure) -> Invocation {
  try Invocation(.plan, line.split(separator: " ").map(String.init))
}

private func misuse(_ line: String) -> String? {
  do throws(Failure) {
    _ = try parsed(line)
    return nil
  } catch {
    #expect(error.code == .misused)
    return error.diagnostics.map { "\($0.summary): \($0.detail)" }.joined(separator: "\n")
  }
}

@Test("options stand anywhere, with a blank or an equals sign")
func options() throws {
  let invocation = try parsed("--set a=1 vps --set=b=2 --json --values=x")
  #expect(invocation.arguments == ["vps"])
  #expect(invocation.values(.set) == ["a=1", "b=2"])
  #expect(invocation.value(.values) == "x")
  #expect(invocation.has(.json))
  #expect(!invocation.has(.diff))
}

@Test("after two hyphens everything is an argument")
func doubleHyphen() throws {
  #expect(try parsed("-- --json").arguments == ["--json"])
}

@Test("help is given whatever else is missing or too much")
func helpFirst() throws {
  #expect(try Invocation(.show, ["--help"]).has(.help))
  #expect(try Invocation(.show, ["a", "b", "-h"]).has(.help))
}

@Test(
  "misuse is named",
  arguments: [
    ("--jsn", "Unknown option: harden plan has no option “--jsn”. Did you mean --json?"),
    ("--frobnicate", "Unknown option: harden plan has no option “--frobnicate”."),
    ("--json=yes", "Value not expected: --json takes no value."),
    ("vps --values", "Value missing: --values FILE needs a value."),
    ("--values a --values b", "Option given twice: --values can be given once."),
    ("vps other", "Argument not expected: harden plan does not know what to do with “other”."),
    (
      "vps domain=x",
      "Argument not expected: harden plan does not know what to do with “domain=x”. "
        + "An input is given as --set domain=x."
    ),
  ])
func misuses(_ line: String, _ words: String) {
  #expect(misuse(line) == words)
}
