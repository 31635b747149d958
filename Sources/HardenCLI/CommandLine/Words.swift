import Reporting

extension [String] {
  /// What can be chosen from: `There are vps and static-site.`
  var asThereAre: String {
    "There \(count > 1 ? "are" : "is") \(isEmpty ? "none" : Reporting.listed(self))."
  }
}
