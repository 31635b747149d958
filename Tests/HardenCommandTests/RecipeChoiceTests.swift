import HostState
import HostTesting
import Planning
import RecipeDSL
import Synchronization
import Testing

@testable import HardenCLI

private struct First: Recipe {
  static let summary = "One"
  @Input("A motto") var motto: String
  @Input("Other names") var aliases: [SiteName] = []
  @Input("How long") var seconds = 300
  var state: DesiredState {
    Section("Files", why: "So that there is something.") {
      DropIn("/etc/motto", motto + "\n")
      DropIn("/etc/secret", "\(seconds)\n")
    }
  }
}

private struct Second: Recipe {
  static let summary = "Two"
  @Input("Other names") var aliases: [SiteName] = []
  @Input("A colour") var colour = "red"
  var state: DesiredState { Section("None") {} }
}

/// Asks what apt says of one package, and once that is known, of another.
private struct LatePackage: Resource {
  let address = "late"
  static let examples: [LatePackage] = []
  func probes(given known: Observations) -> Set<Probe> {
    let first = Probe.candidate(package: "ufw")
    return known.answer(first) == nil ? [first] : [first, .candidate(package: "certbot")]
  }
  func proposal(given host: Observations) throws(Diagnostic) -> Proposal { .nothing }
}

private struct Late: Recipe {
  static let summary = "Three"
  var state: DesiredState { Section("Packages", why: "To be asked for.") { LatePackage() } }
}

/// A host that notes which packages it is asked about together.
private final class CountingHost: Respondent {
  let candidates = Mutex<[[String]]>([])

  func answers(to inquiries: Set<Inquiry>) -> [Inquiry: Answer<Fact>] {
    let asked = inquiries.compactMap { if case .candidate(let package) = $0.probe { package } else { nil } }.sorted()
    if !asked.isEmpty { candidates.withLock { $0.append(asked) } }
    var host = SimulatedHost.debian(12)
    for package in asked { host.candidates[package] = Candidate(version: "1", asked: asked.count) }
    return host.answers(to: inquiries)
  }
}

private func choose(_ words: String..., remembering memory: Memory?) throws -> Result<RecipeChoice, Failure> {
  let folder = try Folder()
  try memory?.write(in: folder.path)
  var tool = Tool(recipes: [First.self, Second.self, Late.self], console: Console())
  tool.memoryDirectory = folder.path
  do throws(Failure) {
    return .success(try tool.choose(try Invocation(.plan, words)))
  } catch {
    return .failure(error)
  }
}

private func words(_ result: Result<RecipeChoice, Failure>) -> String {
  switch result {
  case .success(let choice): return choice.name
  case .failure(let failure):
    return failure.diagnostics.map { "\($0.summary): \($0.detail) | \($0.fix ?? "")" }.joined(separator: "\n")
  }
}

private let remembered = Memory(recipe: "first", inputs: ["motto": ["old"], "aliases": ["a.example", "b.example"]])

@Test("a host that remembers its recipe needs no arguments, and omitted inputs keep their value")
func remembering() throws {
  let choice = try choose(remembering: remembered).get()
  #expect(choice.name == "first")
  #expect(choice.inputs == remembered.inputs)
  #expect(choice.changedInputs.isEmpty)
}

@Test("changed inputs are told with what was remembered, defaults included")
func changed() throws {
  let choice = try choose("--set", "aliases=", "--set", "seconds=60", "--set", "motto=old", remembering: remembered)
    .get()
  #expect(
    choice.changedInputs == [
      Change("aliases", from: "a.example, b.example", to: nil), Change("seconds", from: "300", to: "60"),
    ])
  #expect(choice.memory.inputs == ["motto": ["old"], "aliases": [""], "seconds": ["60"]])
}

@Test("another recipe is refused without --replace, and then keeps what it has in common with the old one")
func anotherRecipe() throws {
  let refused = try choose("second", remembering: remembered)
  #expect(
    words(refused)
      == "Another recipe: This host is kept by the recipe first. With second in its place, what only first declares "
      + "would go. | Add --replace if that is what you want.")
  let choice = try choose("second", "--replace", remembering: remembered).get()
  #expect(choice.inputs == ["aliases": ["a.example", "b.example"]])
  #expect(choice.changedInputs.isEmpty)
  #expect(
    choice.notes == [
      "The recipe second takes the place of first; what was given for aliases stays, unless it is given anew."
    ])
  let given = try choose("second", "--replace", "--set", "aliases=c.example", remembering: remembered).get()
  #expect(given.inputs == ["aliases": ["c.example"]])
  #expect(given.changedInputs == [Change("aliases", from: "a.example, b.example", to: "c.example")])
  let bare = try choose("second", "--replace", remembering: Memory(recipe: "first", inputs: ["motto": ["old"]])).get()
  #expect(bare.inputs.isEmpty)
  #expect(bare.notes == ["The recipe second takes the place of first."])
}

@Test("a host that remembers nothing must be told")
func nothingRemembered() throws {
  #expect(
    words(try choose(remembering: nil))
      == "Which recipe?: This host remembers none: harden was never applied here, or all of it was taken back. "
      + "There are first, second and late. "
      + "| harden plan first")
}

@Test("an input that a recipe has no more is left out with a word")
func formerInput() throws {
  var memory = remembered
  memory.inputs["colour"] = ["red"]
  let choice = try choose(remembering: memory).get()
  #expect(choice.inputs == remembered.inputs)
  #expect(choice.notes == ["The input colour is remembered, but first has it no more; it was left out."])
}

@Test("the state of a newer harden is refused before anything else")
func newerMemory() throws {
  var memory = remembered
  memory.format = 7
  let said = words(try choose("first", remembering: memory))
  #expect(said.hasPrefix("State of a newer harden: "))
}

// MARK: Asking and planning in turns

private func session(_ host: SimulatedHost, isPartial: Bool = false) throws -> (Session, RecipeChoice) {
  (Session(host, isPartial: isPartial), try choose(remembering: remembered).get())
}

@Test("anything but Debian and Ubuntu is refused by its name")
func otherSystem() throws {
  var host = SimulatedHost.debian(12)
  host.facts.system = "alpine"
  host.facts.prettyName = "Alpine Linux v3.22"
  let (session, choice) = try session(host)
  do throws(Failure) {
    _ = try session.plan(choice)
    Issue.record("it was planned for")
  } catch {
    #expect(error.code == .failed)
    #expect(error.diagnostics.map(\.summary) == ["Neither Debian nor Ubuntu"])
    #expect(error.diagnostics.first?.detail.hasPrefix("This is Alpine Linux v3.22.") == true)
  }
}

@Test("Ubuntu is planned for")
func ubuntu() throws {
  var host = SimulatedHost.debian(12)
  host.facts.system = "ubuntu"
  let (session, choice) = try session(host)
  #expect(try session.plan(choice).steps.count == 2)
}

@Test("what cannot be read ends a plan, unless it may be left out and named")
func unreadable() throws {
  var host = SimulatedHost.debian(12)
  host.overrides[.file(path: "/etc/secret")] = .unreadable(reason: "Permission denied")
  let (whole, choice) = try session(host)
  #expect(throws: Failure.self) { _ = try whole.plan(choice) }
  let (partial, _) = try session(host, isPartial: true)
  let plan = try partial.plan(choice)
  #expect(plan.steps.map(\.address) == ["file:/etc/motto"])
  #expect(partial.unreadable.map(\.address) == ["file:/etc/secret"])
}

@Test("a section alone is shown with its steps, and another name is answered with what was meant")
func onlySection() throws {
  let (session, choice) = try session(.debian(12))
  let plan = try session.plan(choice)
  #expect(try plan.only("files").steps.count == 2)
  do throws(Failure) {
    _ = try plan.only("Fils")
    Issue.record("it was found")
  } catch {
    #expect(error.code == .misused)
    #expect(error.diagnostics.map(\.detail) == ["The recipe has no section “Fils”. Did you mean Files?"])
  }
}

@Test("steps taken for done leave nothing to plan")
func playedSteps() throws {
  let (session, choice) = try session(.debian(12))
  let plan = try session.plan(choice)
  #expect(try session.plan(choice, after: plan.steps.map(\.step)).isSettled)
}

@Test("a plan that is made again asks at once what the one before it looked at")
func askedAtOnce() throws {
  let (session, choice) = try session(.debian(12))
  _ = try session.plan(choice)
  let rounds = session.rounds.count
  _ = try session.plan(choice, isAgain: true)
  #expect(session.rounds.count < rounds)
}

@Test("what apt says of one package was asked together with all the others, also where one came up late")
func lateCandidate() throws {
  let host = CountingHost()
  let session = Session(host)
  _ = try session.plan(try choose("late", remembering: nil).get())
  #expect(host.candidates.withLock { $0 } == [["ufw"], ["certbot", "ufw"]])
  #expect(try session.known.candidate("ufw").value?.asked == 2)
}

@Test("everything that is wrong with what was given is said at once, and what could not be read is not missing too")
func allFaults() throws {
  let folder = try Folder()
  try folder.write("nonsense\nmotto = @nothing\nseconds = long\n", to: "values")
  let result = try choose(
    "first", "--values", "\(folder.path)/values", "--set", "aliases", "--set", "colour=red", remembering: nil)
  guard case .failure(let failure) = result else {
    Issue.record("it was taken")
    return
  }
  #expect(failure.code == .misused)
  #expect(
    failure.diagnostics.map(\.summary) == [
      "Values file not understood", "File not found", "Input not understood", "Unknown input", "Input not understood",
    ])
}
