import HostState
import HostTesting
import Planning
import RecipeDSL
import Recipes
import Testing

private let administrators = ["deploy \(SimulatedHost.keyLine(7, comment: "laptop"))"]

/// Every input that has no default, by recipe.
private let needed: [String: [String: [String]]] = [
  "django-apache": ["administrators": administrators, "domain": ["example.com"]],
  "static-site": ["administrators": administrators, "domain": ["example.com"]],
  "vps": ["administrators": administrators],
]

/// Every recipe on every release.
private let cases = builtInRecipes.flatMap { type in [12, 13].map { (type.name, $0) } }

private func state(_ name: String, _ inputs: [String: [String]] = [:]) throws -> DesiredState {
  func filled<R: Recipe>(_ type: R.Type) throws -> DesiredState {
    try type.filled(with: (needed[type.name] ?? [:]).merging(inputs) { _, new in new }).get().state
  }
  guard let type = builtInRecipes.first(where: { $0.name == name }) else { throw Diagnostic.bug("no recipe \(name)") }
  return try filled(type)
}

/// Asks and plans in turns.
private func plan(_ state: DesiredState, on host: SimulatedHost) throws -> Plan {
  var known = Observations()
  for _ in 0..<30 {
    switch Planner(state, recipe: "test").plan(given: known) {
    case .plan(let plan): return plan
    case .failed(let diagnostics): throw try #require(diagnostics.first)
    case .needs(let inquiries):
      var answers: [Inquiry: Answer<Fact>] = [:]
      for inquiry in inquiries { answers[inquiry] = host.answer(inquiry) }
      known.learn(answers)
    }
  }
  throw Diagnostic.bug("planning does not end")
}

/// What a plan does, whatever the order; all packages in one.
private func deeds(_ plan: Plan) -> Set<Action> {
  var deeds: Set<Action> = []
  var packages: Set<String> = []
  for step in plan.steps {
    if case .install(let names) = step.step.action { packages.formUnion(names) } else { deeds.insert(step.step.action) }
  }
  deeds.insert(.install(packages: packages.sorted()))
  return deeds
}

@Test("names are unique, and every recipe says in a line what it is")
func names() {
  #expect(Set(builtInRecipes.map { $0.name }).count == builtInRecipes.count)
  #expect(builtInRecipes.allSatisfy { !$0.summary.isEmpty && !$0.summary.hasSuffix(".") })
  #expect(builtInRecipes.allSatisfy { $0.inputs.allSatisfy { !$0.summary.isEmpty && !$0.summary.hasSuffix(".") } })
}

@Test("a fresh server gets a plan that strands nobody", arguments: cases)
func freshServer(_ name: String, _ release: Int) throws {
  let plan = try plan(try state(name), on: .debian(release))
  #expect(!plan.steps.isEmpty)
  #expect(plan.access.refusals.isEmpty)
  #expect(plan.sections.allSatisfy { !$0.items.isEmpty })
}

@Test("what closes a way in comes last", arguments: cases)
func closingLast(_ name: String, _ release: Int) throws {
  let steps = try plan(try state(name), on: .debian(release)).steps
  let first = try #require(steps.firstIndex { $0.step.risk == .closes })
  #expect(steps[first...].allSatisfy { $0.step.risk.concernsAccess })
}

@Test("a recipe upside down comes to the same", arguments: cases)
func upsideDown(_ name: String, _ release: Int) throws {
  var reversed = try state(name)
  reversed.sections = reversed.sections.reversed().map {
    SectionState(name: $0.name, why: $0.why, declarations: $0.declarations.reversed())
  }
  let (there, back) = (try plan(try state(name), on: .debian(release)), try plan(reversed, on: .debian(release)))
  #expect(deeds(there).symmetricDifference(deeds(back)) == [])
}

@Test("an input that is left out declares nothing")
func optionalInputs() throws {
  let addresses = { (state: DesiredState) in state.sections.flatMap(\.declarations).map(\.resource.address) }
  let without = addresses(try state("vps"))
  let with = addresses(try state("vps", ["host-name": ["web1"], "time-zone": ["Europe/Berlin"]]))
  #expect(Set(with).subtracting(without) == ["host-name", "time-zone"])
}

@Test("what hangs on DNS is announced for whom it concerns, and never for a way in", arguments: [12, 13])
func announced(_ release: Int) throws {
  let plan = try plan(try state("django-apache"), on: .debian(release))
  #expect(
    plan.announced == [
      "apache", "site:example.com", "certificate:example.com", "secrets:/etc/django_config.json",
    ])
}

@Test("a name given twice, in whatever case, is one")
func namesOnce() throws {
  let twice = ["aliases": ["EXAMPLE.com", "www.example.com", "www.example.com"]]
  for name in ["django-apache", "static-site"] {
    let once = try plan(try state(name, ["aliases": ["www.example.com"]]), on: .debian(13))
    #expect(deeds(try plan(try state(name, twice), on: .debian(13))) == deeds(once))
  }
}

@Test("an administrator who is to be an account that the recipe declares itself is a fault of the input")
func takenAccount() throws {
  let line = SimulatedHost.keyLine(1, comment: "laptop")
  do {
    _ = try state("django-apache", ["administrators": ["deploy \(line)", "www-data \(line)"]])
    Issue.record("it is taken")
  } catch let failures as Diagnostics {
    #expect(
      failures.all.map(\.detail) == [
        "administrators: “www-data” is not a name for an administrator: django-apache declares that account itself, as "
          + "another one."
      ])
  }
  #expect(throws: Never.self) { try state("vps", ["administrators": ["www-data \(line)"]]) }
  // Of one whose file could not be read nothing can be told, and what hangs on it is not asked.
  func isFilled<R: Recipe>(_ type: R.Type) -> Bool {
    let filled = R.filled(with: ["administrators": []], unread: ["administrators", "domain"])
    return if case .success = filled { true } else { false }
  }
  #expect(builtInRecipes.allSatisfy { isFilled($0) })
}

@Test(
  "what is wrong with a project is said of its input, and how it would be right",
  arguments: [
    ("wsgi", "../x.py", "it holds “.”, “..” or two slashes in a row", "mysite/wsgi.py"),
    ("wsgi", "/srv/django/mysite/wsgi.py", "it begins with a slash", "mysite/wsgi.py"),
    ("wsgi", "mysite/wsgi", "it does not end in .py", "mysite/wsgi.py"),
    ("wsgi", "my site/wsgi.py", "“ ” cannot stand in it", "mysite/wsgi.py"),
    ("settings", "mysite/settings.py", nil, "mysite.settings"),
    ("settings", "mysite.settings.py", "leave out “.py”", "mysite.settings"),
    ("project", "/srv/my site", "“ ” cannot stand in it", "/srv/site"),
    ("project", "/var/www", "it is an account's home; take one in it, /var/www/site", "/srv/site"),
    ("project", "/home/deploy", "it is an account's home; take one in it, /home/deploy/site", "/srv/site"),
    ("project", "/srv", "it belongs to the system or holds the things of many; take one in it", "/srv/site"),
    ("project", "/tmp/site", "Apache has a /tmp of its own (PrivateTmp), and does not see this one", "/srv/site"),
    ("project", "/var/tmp/a", "Apache has a /var/tmp of its own (PrivateTmp), and does not see this one", "/srv/site"),
    ("email", "-a@b.de", "it begins with a hyphen", "you@example.com"),
  ] as [(String, String, String?, String)])
func malformedProject(_ name: String, _ text: String, _ reason: String?, _ example: String) throws {
  do {
    _ = try state("django-apache", [name: [text]])
    Issue.record("it is taken")
  } catch let failures as Diagnostics {
    let diagnostic = try #require(failures.all.first)
    #expect(diagnostic.detail.hasPrefix("\(name): “\(text)” is not "))
    #expect(diagnostic.detail.hasSuffix(reason.map { ": \($0)." } ?? "."))
    #expect(diagnostic.fix == "--set \(name)=\(example)")
  }
}
