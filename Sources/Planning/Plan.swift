import HostState
import RecipeDSL

/// What differs between a recipe and a host, and the steps that settle it, as data.
///
/// It is Codable: `--json` prints it, `plan --out` saves it, and the executor carries out its steps without recipe or
/// resource types.
public struct Plan: Hashable, Codable, Sendable {
  public static let format = 1
  public var format = Plan.format
  public var recipe: String
  /// Inputs as given, in text form.
  public var inputs: [String: [String]]
  public var host: HostFacts?
  public var visitor: Operator?
  public var sections: [PlannedSection]
  /// In order of doing.
  public var steps: [PlannedStep]
  /// Who gets in after which step, in sentences.
  public var access: AccessReport
  /// Inputs that differ from those the host remembers, shown first.
  public var changedInputs: [Change]
  /// Resources that what the plan awaits may concern, by address: apply goes on with these by itself.
  public var announced: [String] = []
  /// Texts, as they are now, of files that are written.
  public var textsBefore: [String: String] = [:]

  public init(
    recipe: String, inputs: [String: [String]], host: HostFacts?, visitor: Operator?, sections: [PlannedSection],
    steps: [PlannedStep], access: AccessReport = AccessReport(), changedInputs: [Change] = []
  ) {
    self.recipe = recipe
    self.inputs = inputs
    self.host = host
    self.visitor = visitor
    self.sections = sections
    self.steps = steps
    self.access = access
    self.changedInputs = changedInputs
  }

  public var changes: [Change] { sections.flatMap(\.items).flatMap(\.changes) }
  public var waiting: [Waiting] { sections.flatMap(\.items).flatMap(\.waiting) }
  public var isSettled: Bool { steps.isEmpty }
}

public struct PlannedSection: Hashable, Codable, Sendable {
  public var name: String
  public var why: String?
  public var items: [PlannedItem]

  public init(name: String, why: String?, items: [PlannedItem]) {
    (self.name, self.why, self.items) = (name, why, items)
  }
}

/// One resource of the recipe and what it proposes.
public struct PlannedItem: Hashable, Codable, Sendable {
  public var address: String
  public var source: SourceLine?
  public var changes: [Change]
  public var notes: [String]
  public var waiting: [Waiting]

  public init(
    address: String, source: SourceLine?, changes: [Change] = [], notes: [String] = [], waiting: [Waiting] = []
  ) {
    self.address = address
    self.source = source
    self.changes = changes
    self.notes = notes
    self.waiting = waiting
  }
}

/// A step, with the resource that asked for it.
public struct PlannedStep: Hashable, Codable, Sendable {
  public var address: String
  public var section: String
  public var step: Step

  public init(address: String, section: String, step: Step) {
    (self.address, self.section, self.step) = (address, section, step)
  }
}

/// Who gets in, and when that changes.
public struct AccessReport: Hashable, Codable, Sendable {
  /// Sentences such as `From step 9 also deploy, key SHA256:9xQe…, sudo.`
  public var timeline: [String]
  /// Why the plan would strand its owner; apply refuses when there is one.
  public var refusals: [Diagnostic]
  /// What could not be looked at; nothing is taken as proved by it, and apply looks again before the first step that
  /// closes a way in.
  public var unproved: [String]
  /// What was tried on the planned state.
  public var rehearsals: [RehearsedLink] = []

  public init(
    timeline: [String] = [], refusals: [Diagnostic] = [],
    unproved: [String] = [], rehearsals: [RehearsedLink] = []
  ) {
    self.rehearsals = rehearsals
    self.timeline = timeline
    self.refusals = refusals
    self.unproved = unproved
  }
}

/// A link of somebody's way in that was tried on the planned state, before any of it is brought about.
public struct RehearsedLink: Hashable, Codable, Sendable {
  public enum Link: String, Hashable, Codable, Sendable { case key, packet }
  public enum Outcome: String, Hashable, Codable, Sendable { case passed, refused, notTried }
  public var link: Link
  public var outcome: Outcome
  /// A sentence: `The planned sshd accepts deploy's key SHA256:9xQe…`
  public var words: String

  public init(_ link: Link, _ outcome: Outcome, _ words: String) {
    (self.link, self.outcome, self.words) = (link, outcome, words)
  }
}
