/// One expression of a recipe that stands for several resources: `Packages("ufw", "sudo")` is a package each.
///
/// Each member has an address of its own, so two lists that name the same thing clash on that thing alone.
public protocol ResourceGroup: Sendable {
  var members: [any Resource] { get }
}
