import Foundation
import Testing

@testable import HardenCLI

@Suite("Options of an audit")
struct AuditOptionTests {
  @Test("what is wrong with them is said before anything is asked")
  func faults() throws {
    let folder = try Folder()
    try folder.write("", to: "empty.pem")
    try folder.write("no certificate\n", to: "text.pem")
    let bad: [[String]] = [
      ["--connect-to", "x"], ["--connect-to", "a:b:c:d"], ["--resolve", "x"], ["--resolve", "x:80:name"],
      ["--resolve", "x:http:127.0.0.1"], ["--resolver", "foo"], ["--resolver", "192.0.2.0/24"],
      ["--ca", folder.path], ["--ca", folder.path + "/empty.pem"], ["--ca", folder.path + "/text.pem"],
      ["--ca", folder.path + "/none.pem"], ["--html", folder.path], ["--record", folder.path + "/none/file"],
      ["--preload-list", folder.path + "/none"], ["--preload-list", folder.path + "/text.pem"],
      ["--html", "/dev/null", "--before", folder.path + "/none"],
      ["--html", "/dev/null", "--before", folder.path + "/text.pem"], ["--before", folder.path + "/none"],
    ]
    for options in bad {
      let result = try Binary.run(["audit", "http://127.0.0.1:9"] + options)
      #expect(result.status == 64 && result.output.isEmpty, "\(options)")
      #expect(result.errors.hasPrefix("error: "))
    }
  }

  @Test("none is passed over in silence")
  func combinations() throws {
    let folder = try Folder()
    let site = "{\"host\": \"a.test\", \"http\": {\"exchanges\": [{\"url\": \"http://a.test/\"}]}}"
    try folder.write(site, to: "site.json")
    try folder.write("[\(site), \(site)]", to: "sites.json")
    let recorded = ["--responses", folder.path + "/site.json"]
    #expect(try Binary.run(["audit"] + recorded).status == 0)
    let besidesRecorded: [([String], String)] = [
      (["--ca", "ca.pem"], "--ca"), (["--trust-any-certificate"], "--trust-any-certificate"),
      (["--pages", "/"], "--pages"), (["--resolver", "192.0.2.1"], "--resolver"),
      (["--connect-to", "a:1:b:2"], "--connect-to"), (["--caa", "x"], "--caa"), (["http://a.test"], "URL"),
    ]
    let alone: [([String], String)] = [
      (["--ca", "ca.pem", "--trust-any-certificate", "http://a.test"], "--ca"),
      (["--grade-only", "--caa", "x", "http://a.test"], "--caa"),
      (["--responses", folder.path + "/sites.json", "--html", folder.path + "/page.html"], "--html"),
    ]
    for (words, name) in besidesRecorded.map({ (recorded + $0.0, $0.1) }) + alone {
      let result = try Binary.run(["audit"] + words)
      #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(name), "\(words)")
    }
  }

  @Test(
    "what is wrong with recorded answers is said in words",
    arguments: [
      ("{\"host\": ", "it is not JSON"), ("", "it is not JSON"), ("5", "it has to be an object"),
      ("{}", "“host” is missing"), ("{\"host\": 5}", "“host” has to be a text"), ("{\"host\": null}", "“host” "),
      ("{\"host\": \"a\", \"http\": {\"exchanges\": [{\"status\": \"x\"}]}}", "“http.exchanges[0].status” has to"),
      ("{\"host\": \"a\", \"http\": {\"exchanges\": 5}}", "“http.exchanges” has to be a list"),
      (" [{\"host\": \"a\"}, {}]", "“[1].host” is missing"),
    ])
  func notRecorded(text: String, words: String) throws {
    let folder = try Folder()
    try folder.write(text, to: "site.json")
    let result = try Binary.run("audit", "--responses", folder.path + "/site.json")
    #expect(result.status == 64 && result.output.isEmpty)
    let said = result.errors.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(said.contains(words) && !said.contains("Error") && !said.contains("ebug"), "\(said)")
  }

  @Test("no answers are no good grade")
  func noAnswers() throws {
    let folder = try Folder()
    try folder.write("[]", to: "none.json")
    let result = try Binary.run("audit", "--responses", folder.path + "/none.json", "--exit-code", "A+")
    #expect(result.status != 0 && result.output.isEmpty && result.errors.contains("the list is empty"))
  }
}
