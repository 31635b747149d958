import HostState

/// Lines of the account files, name by name.
enum AccountImages {
  /// The files that useradd, usermod, groupadd and passwd write; all but passwd and group may be missing.
  static let files = ["passwd", "shadow", "group", "gshadow", "subuid", "subgid"]
  /// Which field of a group's line lists its members.
  static let memberField = 3

  static func path(_ file: String) -> Path { "/etc" / file }

  /// What shadow's tools keep of each as it was before they last changed it: `/etc/passwd-`.
  static let copies = files.map { path($0 + "-") }

  static func isCopy(_ item: ImageItem) -> Bool {
    guard case .path(let path) = item else { return false }
    return copies.contains(Path(path))
  }

  static func hasMembers(_ file: String) -> Bool { file == "group" || file == "gshadow" }

  /// The lines of these users and groups, and the lists of members they are in or have.
  static func add(_ names: [String], to image: inout Image) {
    let names = Set(names)
    for file in files {
      for name in names { image.values[.line(file: file, name: name)] = .absent }
      for line in SafeFiles.lines(of: path(file)) {
        var fields = self.fields(line)
        let name = fields[0]
        if hasMembers(file), fields.count > memberField {
          for member in members(fields[memberField]) where names.contains(name) || names.contains(member) {
            image.values[.member(file: file, group: name, user: member)] = .text(text: "yes")
          }
          fields[memberField] = ""
        }
        if names.contains(name) {
          image.values[.line(file: file, name: name)] = .text(text: fields.joined(separator: ":"))
        }
      }
    }
  }

  /// The fields in which two lines differ, by the names that passwd(5), shadow(5) and group(5) give them.
  static func differences(_ file: String, _ left: String, _ right: String) -> String {
    let names =
      switch file {
      case "passwd": ["name", "password", "number", "group", "comment", "home", "shell"]
      case "shadow":
        ["name", "password", "day of the last change", "least age", "greatest age", "warning", "idle days", "expiry"]
      case "group", "gshadow": ["name", "password", "number", "members"]
      default: ["name", "first number", "count"]
      }
    let (left, right) = (fields(left[...]), fields(right[...]))
    let differing = names.indices.filter { index in
      (index < left.count ? left[index] : nil) != (index < right.count ? right[index] : nil)
    }
    return differing.map { names[$0] }.joined(separator: ", ")
  }

  static func fields(_ line: Substring) -> [String] {
    line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
  }

  static func members(_ field: String) -> [String] { field.split(separator: ",").map(String.init) }
}
