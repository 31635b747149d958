import HostState

/// Why something on the host is as it is: what is in force, which line decides it, and which lines do not.
package struct WhyAnswer: Hashable, Codable, Sendable {
  /// A line of a file, a rule, or whatever else sets a value.
  package struct Line: Hashable, Codable, Sendable {
    /// `/etc/ssh/sshd_config:12`; nil for a rule that stands in no file.
    package var place: String?
    package var value: String
    /// Why it decides or does not.
    package var remark: String?

    package init(place: String? = nil, value: String, remark: String? = nil) {
      (self.place, self.value, self.remark) = (place, value, remark)
    }
  }
  /// `sshd.PasswordAuthentication`, `tcp/5432`, `/etc/passwd`.
  package var key: String
  /// What is in force; nil where nothing sets it and its default is not known.
  package var value: String?
  /// For whom that is: `for deploy from 203.0.113.9`.
  package var circumstance: String?
  package var decidedBy: [Line] = []
  /// Lines that set the same thing and do not decide.
  package var others: [Line] = []
  package var notes: [String] = []
  /// What could not be read, and what that means for the answer.
  package var unread: [String] = []

  package init(key: String, value: String? = nil, circumstance: String? = nil) {
    (self.key, self.value, self.circumstance) = (key, value, circumstance)
  }
}

/// Something that `harden why` can be asked.
package protocol WhyQuestion: Sendable {
  /// What must be known for an answer; called again until it names nothing new.
  func probes(given known: Observations) -> Set<Probe>
  /// - Throws: a `Diagnostic` where the host cannot say.
  func answer(given host: Observations) throws(Diagnostic) -> WhyAnswer
}

extension Report {
  /// The answer as text: value, lines, remarks.
  package static func text(of answer: WhyAnswer, style: Style) -> String {
    let value = answer.value ?? (answer.unread.isEmpty ? "not set" : "not known")
    let head = "\(printable(answer.key)): \(printable(value))"
    let whose = answer.circumstance.map { " " + printable($0) } ?? ""
    var blocks = [[style.paint(head, .bold) + whose]]
    let groups = [("decided by", answer.decidedBy), ("not by", answer.others)].filter { !$0.1.isEmpty }
    let places = groups.flatMap { $0.1.map { columns(printable($0.place ?? "")) } }.max() ?? 0
    var lines: [String] = []
    for (title, group) in groups {
      for (index, line) in group.enumerated() {
        let margin = padded("  " + (index == 0 ? title : ""), to: 14)
        let place = places == 0 ? "" : padded(printable(line.place ?? ""), to: places) + "  "
        lines.append(margin + place + printable(line.value))
        if let remark = line.remark {
          lines += paragraph(printable(remark), indent: 16, width: style.width).map { style.paint($0, .dim) }
        }
      }
    }
    blocks.append(lines)
    blocks.append(answer.notes.flatMap { paragraph(sentence(printable($0)), width: style.width) })
    blocks.append(
      answer.unread.flatMap { paragraph("Not read: " + sentence(printable($0)), hanging: 2, width: style.width) })
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
  }
}
