import HostState

/// What an undo does to one of the account files; every other line stays, byte for byte.
struct AccountFileEdit {
  private let file: String
  private var targets: [String: ImageValue] = [:]
  private var members: [String: [(user: String, isMember: Bool)]] = [:]
  /// Accounts that must stay since something still belongs to them; they are shut.
  private let staying: Set<String>

  init(_ file: String, _ wanted: [Restoration], staying: Set<String>) {
    (self.file, self.staying) = (file, staying)
    for restoration in wanted {
      switch restoration.item {
      case .line(file, let name): targets[name] = restoration.target
      case .member(file, let group, let user):
        members[group, default: []].append((user, restoration.target != .absent))
      default: break
      }
    }
  }

  var isEmpty: Bool { targets.isEmpty && members.isEmpty && (file != "shadow" || staying.isEmpty) }

  func applied(to bytes: [UInt8]) -> [UInt8] {
    var missing = targets
    var output: [[UInt8]] = []
    for raw in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = String(decoding: raw, as: UTF8.self)
      var fields = AccountImages.fields(line[...])
      let name = fields[0]
      if let target = missing.removeValue(forKey: name) {
        if target == .absent {
          if !staying.contains(name) { continue }
        } else if case .text(let text) = target {
          let held = fields
          fields = AccountImages.fields(text[...])
          if AccountImages.hasMembers(file), held.count > AccountImages.memberField, fields.count > 3 {
            fields[AccountImages.memberField] = held[AccountImages.memberField]
          }
        }
      }
      if let changes = members[name], fields.count > AccountImages.memberField {
        fields[AccountImages.memberField] = Self.changed(fields[AccountImages.memberField], changes)
      }
      if file == "shadow", staying.contains(name), fields.count > 7 {
        // The day 1 lies in the past; a password that begins with ! matches nothing.
        fields[7] = "1"
        if !fields[1].hasPrefix("!") { fields[1] = "!" + fields[1] }
      }
      // What stays may be no UTF-8: a comment in Latin-1.
      let text = fields.joined(separator: ":")
      output.append(text == line ? Array(raw) : Array(text.utf8))
    }
    // A line that is gone and was there before: it goes before the empty rest that the last line feed leaves.
    for (name, target) in missing.sorted(by: { $0.key < $1.key }) {
      guard case .text(let text) = target else { continue }
      var fields = AccountImages.fields(text[...])
      if AccountImages.hasMembers(file), fields.count > AccountImages.memberField {
        fields[AccountImages.memberField] = Self.changed("", members[name] ?? [])
      }
      let line = Array(fields.joined(separator: ":").utf8)
      output.insert(line, at: output.last == [] ? output.count - 1 : output.count)
    }
    return Array(output.joined(separator: [UInt8(ascii: "\n")]))
  }

  private static func changed(_ field: String, _ changes: [(user: String, isMember: Bool)]) -> String {
    var users = AccountImages.members(field)
    for change in changes {
      users.removeAll { $0 == change.user }
      if change.isMember { users.append(change.user) }
    }
    return users.joined(separator: ",")
  }
}
