/// The assignments of a unit's text, as `systemctl cat` prints it: the unit's own file and what stands beside it, in the
/// order in which it counts (systemd.syntax(7)).
package struct UnitText: Sendable {
  package struct Assignment: Hashable, Sendable {
    /// `Service`
    package let section: String
    package let name: String
    package let value: String
  }

  package private(set) var assignments: [Assignment] = []

  package init(_ text: String) {
    var section = ""
    var joined = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = joined + line.drop { $0 == " " || $0 == "\t" }
      joined = ""
      if line.hasPrefix("#") || line.hasPrefix(";") { continue }
      // A line goes on after a backslash.
      if line.hasSuffix("\\") {
        joined = line.dropLast() + " "
        continue
      }
      if line.hasPrefix("[") { section = String(line.dropFirst().prefix { $0 != "]" }) }
      guard let sign = line.firstIndex(of: "=") else { continue }
      assignments.append(
        Assignment(
          section: section, name: line[..<sign].filter { $0 != " " },
          value: String(line[line.index(after: sign)...].drop { $0 == " " })))
    }
  }

  /// The values of a setting that are left: an empty one takes away those before.
  package func values(of name: String, in section: String) -> [String] {
    var values: [String] = []
    for assignment in assignments where assignment.name == name && assignment.section == section {
      if assignment.value.isEmpty { values = [] } else { values.append(assignment.value) }
    }
    return values
  }
}
