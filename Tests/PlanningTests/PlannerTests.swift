import HostState
import RecipeDSL
import Testing

@testable import Planning

@Suite("Planner")
struct PlannerTests {
  @Test("the recipe's order is kept where nothing speaks against it")
  func recipeOrder() {
    let toys = [Toy(address: "b", path: "/d/b", text: "1"), Toy(address: "a", path: "/d/a", text: "1")]
    #expect(outcome(toys) == ["b writes /d/b", "a writes /d/a"])
  }

  @Test("a step comes after the step that makes what it needs")
  func makersFirst() {
    let toys = [
      Toy(address: "late", path: "/d/late", text: "1", needs: [.path("/d/early")]),
      Toy(address: "early", path: "/d/early", text: "1"),
    ]
    #expect(outcome(toys) == ["early writes /d/early", "late writes /d/late"])
  }

  @Test("who is planned late, since another writes what their daemon reads, is still done in the recipe's order")
  func lateButInOrder() {
    let toys = [
      Toy(address: "daemon", path: "/d/a", text: "1", risk: .closes, reloads: "x"),
      Toy(address: "filter", path: "/e/b", text: "1", risk: .closes),
      Toy(address: "mode", path: "/d/z", text: "1"),
    ]
    #expect(outcome(toys) == ["mode writes /d/z", "daemon writes /d/a", "reload x", "filter writes /e/b"])
  }

  @Test("what closes a way in is done last, what opens one before it")
  func accessLast() {
    let toys = [
      Toy(address: "closes", path: "/d/c", text: "1", risk: .closes),
      Toy(address: "opens", path: "/d/o", text: "1", risk: .opens),
      Toy(address: "plain", path: "/d/p", text: "1"),
    ]
    #expect(outcome(toys) == ["plain writes /d/p", "opens writes /d/o", "closes writes /d/c"])
  }

  @Test("one reload serves all files of a unit, after the last of them")
  func oneReload() {
    let toys = [
      Toy(address: "a", path: "/d/a", text: "1", reloads: "x.service"),
      Toy(address: "b", path: "/d/b", text: "1", reloads: "x.service"),
    ]
    #expect(outcome(toys) == ["a writes /d/a", "b writes /d/b", "reload x.service"])
  }

  @Test("a reload comes after others' files that the daemon reads, too")
  func reloadLast() {
    let toys = [
      Toy(address: "b", path: "/d/b", text: "1", risk: .opens),
      Toy(address: "a", path: "/d/a", text: "1", reloads: "x.service"),
    ]
    #expect(outcome(toys) == ["a writes /d/a", "b writes /d/b", "reload x.service"])
  }

  @Test("two writers of one path are named, not left to chance")
  func twoWriters() {
    let toys = [Toy(address: "a", path: "/d/x", text: "1"), Toy(address: "b", path: "/d/x", text: "2")]
    #expect(outcome(toys) == ["Declarations contradict each other: a"])
  }

  @Test("of a file with several names it is said, once, that the others stay as they are")
  func otherNames() throws {
    let toys = [Toy(address: "a", path: "/d/x", text: "1"), Toy(address: "b", path: "/d/y", text: "1")]
    var host = blank(toys)
    let linked = FileStatus(kind: .file, mode: 0o644, owner: .root, names: 2)
    host.learn([Inquiry(.file(path: "/d/x")): .there(value: .file(linked))])
    guard case .plan(let plan) = Planner(state(toys), recipe: "toys").plan(given: host) else {
      Issue.record("no plan")
      return
    }
    #expect(
      plan.sections[0].items.map(\.notes) == [
        [
          "/d/x is a file of its own from then on; its other name stays as it is: find / -xdev -samefile /d/x"
        ], [],
      ])
  }

  @Test("one address stands for one thing")
  func sameAddress() {
    let toys = [Toy(address: "a", path: "/d/x", text: "1"), Toy(address: "a", path: "/d/y", text: "2")]
    #expect(outcome(toys) == ["Declared twice: a"])
  }

  @Test("what was not asked yet is asked for")
  func asks() {
    let toy = Toy(address: "a", path: "/d/x", text: "1")
    guard case .needs(let inquiries) = Planner(state([toy]), recipe: "toys").plan(given: Observations()) else {
      Issue.record("planned without knowing the host")
      return
    }
    #expect(inquiries.isSuperset(of: [Inquiry(.file(path: "/d/x")), Inquiry(.contents(path: "/d/x"))]))
  }

  @Test("after the plan's own steps nothing is left to do")
  func settledTwin() {
    let toys = [
      Toy(address: "a", path: "/d/a", text: "1", reloads: "x.service"), Toy(address: "b", path: "/d/b", text: ""),
    ]
    var host = blank(toys)
    guard case .plan(let plan) = Planner(state(toys), recipe: "toys").plan(given: host) else {
      Issue.record("no plan")
      return
    }
    #expect(plan.steps.count == 3)
    for step in plan.steps { host.fold(step.step) }
    guard case .plan(let again) = Planner(state(toys), recipe: "toys").plan(given: host) else {
      Issue.record("no second plan")
      return
    }
    #expect(again.steps == [])
  }
}
