/// A named part of a recipe; `why` is printed in the plan.
///
///     Section("Updates", why: "Holes are closed while you sleep.") { SecurityUpdates() }
public struct Section: Sendable {
  let state: SectionState

  public init(_ name: String, why: String? = nil, @SectionBuilder _ resources: () -> [Declaration]) {
    state = SectionState(name: name, why: why, declarations: resources())
  }
}

/// Gathers a recipe's sections; `if` and `for` work.
@resultBuilder
public enum StateBuilder {
  public static func buildExpression(_ section: Section) -> [SectionState] { [section.state] }
  @available(*, unavailable, message: "put it into a Section(\"…\") { … }")
  public static func buildExpression(_ resource: some Resource) -> [SectionState] { [] }
  public static func buildBlock(_ parts: [SectionState]...) -> [SectionState] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [SectionState]?) -> [SectionState] { part ?? [] }
  public static func buildEither(first part: [SectionState]) -> [SectionState] { part }
  public static func buildEither(second part: [SectionState]) -> [SectionState] { part }
  public static func buildArray(_ parts: [[SectionState]]) -> [SectionState] { parts.flatMap { $0 } }
  public static func buildFinalResult(_ sections: [SectionState]) -> DesiredState { DesiredState(sections: sections) }
}

/// Gathers a section's resources, each with the line of the recipe that declares it; `if` and `for` work.
@resultBuilder
public enum SectionBuilder {
  public static func buildExpression(
    _ resource: some Resource, fileID: String = #fileID, line: Int = #line
  ) -> [Declaration] {
    [Declaration(resource, source: SourceLine(file: fileID, line: line))]
  }
  public static func buildExpression(
    _ group: some ResourceGroup, fileID: String = #fileID, line: Int = #line
  ) -> [Declaration] {
    group.members.map { Declaration($0, source: SourceLine(file: fileID, line: line)) }
  }
  public static func buildBlock(_ parts: [Declaration]...) -> [Declaration] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [Declaration]?) -> [Declaration] { part ?? [] }
  public static func buildEither(first part: [Declaration]) -> [Declaration] { part }
  public static func buildEither(second part: [Declaration]) -> [Declaration] { part }
  public static func buildArray(_ parts: [[Declaration]]) -> [Declaration] { parts.flatMap { $0 } }
}
