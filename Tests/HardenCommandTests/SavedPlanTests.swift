import HostAccess
import HostState
import HostTesting
import RecipeDSL
import Testing

@testable import HardenCLI

private struct Motto: Recipe {
  static let summary = "One file"
  var state: DesiredState {
    Section("Files", why: "So that there is something.") { DropIn("/etc/motto", "be kind\n") }
  }
}

private let seal = Seal(key: [1, 2, 3])

/// A saved plan of a host, and its file.
private func saved(_ host: SimulatedHost, in folder: borrowing Folder) throws -> (plan: SavedPlan, file: String) {
  var tool = Tool(recipes: [Motto.self], console: Console())
  tool.memoryDirectory = folder.path
  let choice = try tool.choose(try Invocation(.plan, ["motto"]))
  let session = Session(host)
  let plan = SavedPlan(try session.plan(choice), of: choice, knowing: session.known)
  let file = folder.path + "/p.plan"
  try plan.write(to: file, sealing: seal)
  return (plan, file)
}

private func summary(_ body: () throws -> Void) -> String? {
  do { try body() } catch let error as Diagnostic { return error.summary } catch { return "\(error)" }
  return nil
}

@Test("a saved plan comes back whole, and rests on what the host still is")
func savedPlan() throws {
  let folder = try Folder()
  let host = SimulatedHost.debian(12)
  let (plan, file) = try saved(host, in: folder)
  let read = try SavedPlan.read(file, sealing: seal)
  #expect(read.steps == plan.steps && read.steps.count == 1)
  #expect(read.recipe == "motto" && read.facts.count == plan.facts.count)
  #expect(read.moved(on: host).isEmpty)
}

@Test("what moved is named with old and new")
func movedFact() throws {
  let folder = try Folder()
  var host = SimulatedHost.debian(12)
  let (plan, _) = try saved(host, in: folder)
  host.entries["/etc/motto"] = .file("be quick\n", 0o600)
  let moved = plan.moved(on: host)
  #expect(moved.contains { $0.hasPrefix("/etc/motto: not there → 0600 root:root") })
}

@Test("facts that read alike in a few words are told apart by their fields")
func movedField() {
  let inquiry = Inquiry(.file(path: "/etc/motto"))
  func move(_ kind: FileStatus.Kind, _ grants: [AccessGrant]? = nil) -> String {
    let was = FileStatus(kind: .link(target: "/a"), mode: 0o777, owner: .root)
    let now = FileStatus(kind: kind, mode: 0o777, owner: .root, grants: grants)
    return FactWords.move(of: inquiry, from: .there(value: .file(was)), to: .there(value: .file(now)))
  }
  #expect(move(.link(target: "/b")) == "/etc/motto: kind link target: /a → /b")
  #expect(move(.file) == "/etc/motto: kind: nothing → file; kind link target: /a → nothing")
}

@Test("a changed byte, another host's seal and other files are refused")
func tampered() throws {
  let folder = try Folder()
  let (_, file) = try saved(.debian(12), in: folder)
  #expect(summary { _ = try SavedPlan.read(file, sealing: Seal(key: [1, 2, 4])) } == "Seal broken")
  let text = try #require(try UserFiles.text(of: file))
  try folder.write(text.replacing("be kind", with: "be evil"), to: "evil.plan")
  #expect(summary { _ = try SavedPlan.read(folder.path + "/evil.plan", sealing: seal) } == "Seal broken")
  try folder.write("motto\n", to: "x")
  #expect(summary { _ = try SavedPlan.read(folder.path + "/x", sealing: seal) } == "Not a saved plan")
  #expect(summary { _ = try SavedPlan.read(folder.path + "/y", sealing: seal) } == "File not found")
  try folder.write(text.replacing("\"hardenPlan\":1", with: "\"hardenPlan\":9"), to: "new.plan")
  #expect(summary { _ = try SavedPlan.read(folder.path + "/new.plan", sealing: seal) } == "Plan of a newer harden")
}

@Test("a plan of another version is refused, though its seal holds")
func otherVersion() throws {
  let folder = try Folder()
  let (plan, file) = try saved(.debian(12), in: folder)
  let text = try #require(try UserFiles.text(of: file))
  let start = try #require(text.firstIndex(of: "\n"))
  let old = text[text.index(after: start)...]
  let body = old.replacing("\"version\":\"\(plan.version)\"", with: "\"version\":\"0.0\"")
  #expect(body != old)
  try folder.write("{\"hardenPlan\":1,\"seal\":\"\(seal(String(body)))\"}\n\(body)", to: "old.plan")
  #expect(summary { _ = try SavedPlan.read(folder.path + "/old.plan", sealing: seal) } == "Plan of another version")
}

@Test("an older plan is replaced, another file is not")
func replaced() throws {
  let folder = try Folder()
  let (plan, file) = try saved(.debian(12), in: folder)
  try plan.write(to: file, sealing: seal)
  try folder.write("mine\n", to: "notes")
  #expect(summary { try plan.write(to: folder.path + "/notes", sealing: seal) } == "File already there")
}

@Test("HMAC-SHA-256 as RFC 4231 has it, test case 2 with its key")
func hmac() {
  let key = Array("Jefe".utf8)
  #expect(
    Seal(key: key)("what do ya want for nothing?")
      == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
}
