@_exported import Resources

/// One resource of a recipe, and the line that declares it.
public struct Declaration: Sendable {
  public let resource: any Resource
  public let source: SourceLine

  public init(_ resource: any Resource, source: SourceLine) { (self.resource, self.source) = (resource, source) }
}

/// A named part of a recipe.
public struct SectionState: Sendable {
  public let name: String
  public let why: String?
  public let declarations: [Declaration]

  package init(name: String, why: String?, declarations: [Declaration]) {
    (self.name, self.why, self.declarations) = (name, why, declarations)
  }
}

/// Everything a recipe declares, in its order.
public struct DesiredState: Sendable {
  public var sections: [SectionState]

  public init(sections: [SectionState]) { self.sections = sections }
}
