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
    ]
    for options in bad {
      let result = try Binary.run(["audit", "http://127.0.0.1:9"] + options)
      #expect(result.status == 64 && result.output.isEmpty, "\(options)")
      #expect(result.errors.hasPrefix("error: "))
    }
  }

  @Test("no answers are no good grade")
  func noAnswers() throws {
    let folder = try Folder()
    try folder.write("[]", to: "none.json")
    let result = try Binary.run("audit", "--responses", folder.path + "/none.json", "--exit-code", "A+")
    #expect(result.status != 0 && result.output.isEmpty && result.errors.contains("the list is empty"))
  }
}
