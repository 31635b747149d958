import HostAccess
import HostState
import HostTesting
import Testing

@testable import HardenCLI

/// A crash names no text: the seed is fixed, so that the same build fails again.
private let seed: UInt64 = 20_261_125

@Suite("Whatever a file says, reading it ends with an answer or an error")
struct FileFuzzTests {
  @Test("values files: what is wrong is said with its line")
  func values() throws {
    var mutations = Mutations(
      of: [
        "# inputs\ndomain = example.com\nadministrators = deploy @/root/id.pub\naliases=\n",
        "sshPort = 22\r\nopenPorts = 8080/tcp from 10.0.0.0/8\r\n",
      ], seed: seed)
    try mutations.run { text in
      var failures: [Diagnostic] = []
      let texts = InputTexts.parsed(valuesFile: text, named: "x.values", failures: &failures)
      #expect(texts.keys.allSatisfy { !$0.isEmpty })
    }
  }

  @Test("saved plans: none opens but the one that was written")
  func plans() throws {
    let folder = try Folder()
    let key = Seal(key: [1, 2, 3])
    let body = "{\"facts\":[],\"inputs\":{},\"recipe\":\"vps\",\"steps\":[],\"version\":\"\(HardenTool.version)\"}\n"
    let whole = "{\"hardenPlan\":1,\"seal\":\"\(key(body))\"}\n" + body
    let file = folder.path + "/p.plan"
    func opens(_ text: String) throws -> Bool {
      try UserFiles.write(text, to: file, mode: 0o600, replacing: true)
      do throws(Diagnostic) {
        _ = try SavedPlan.read(file, sealing: key)
        return true
      } catch {
        return false
      }
    }
    #expect(try opens(whole))
    var mutations = Mutations(of: [whole], seed: seed)
    try mutations.run(300) { text in
      let isOpen = try opens(text)
      // The head may say more than it must; the rest has the seal over it.
      if isOpen { #expect(text.hasSuffix("\n" + body)) }
    }
  }
}
