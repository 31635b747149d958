import Foundation
import HostState
import Planning
import Reporting
import Testing

@Suite("A plan as diffs") struct DiffTests {
  static func plan(_ actions: [Action], before: [String: String]) -> Plan {
    var plan = CommandsTests.plan(actions)
    plan.textsBefore = before
    return plan
  }

  static func write(_ text: String, to path: Path = "/etc/x") -> Action {
    .write(path: path, contents: text, mode: 0o644, owner: .root, check: nil)
  }

  @Test("new, changed and removed files, and never a secret") func whole() {
    let old = (1...12).map { "line \($0)\n" }.joined()
    let new = old.replacing("line 2\n", with: "line two\n\tand a half \u{1B}[2J\n").replacing("line 12\n", with: "end")
    let plan = Self.plan(
      [
        Self.write(SamplePlan.sshdText, to: "/etc/ssh/sshd_config.d/00-harden.conf"),
        Self.write(new),
        .remove(path: "/etc/gone.conf", check: nil),
        Self.write("same\n", to: "/etc/same"),
        .settleSecrets(
          rule: SecretsRule(path: "/etc/secret.json", mode: 0o600, owner: .root, generated: ["K": 64], declared: [:])),
        Self.write("", to: "/etc/x"),
      ], before: ["/etc/x": old, "/etc/gone.conf": "only line\n", "/etc/same": "same\n"])
    #expect(
      Report.diff(of: plan, style: Style()) == #"""
        --- /dev/null
        +++ /etc/ssh/sshd_config.d/00-harden.conf  0644 root:root
        @@ -0,0 +1,3 @@
        +PasswordAuthentication no
        +PermitRootLogin no
        +X11Forwarding no

        --- /etc/x
        +++ /etc/x  0644 root:root
        @@ -1,5 +1,6 @@
         line 1
        -line 2
        +line two
        +	and a half \x1B[2J
         line 3
         line 4
         line 5
        @@ -9,4 +10,4 @@
         line 9
         line 10
         line 11
        -line 12
        +end
        \ No newline at end of file

        --- /etc/gone.conf
        +++ /dev/null
        @@ -1 +0,0 @@
        -only line

        # /etc/secret.json: filled on the host, its values are not shown

        --- /etc/x
        +++ /etc/x  0644 root:root
        @@ -1,13 +0,0 @@
        -line 1
        -line two
        -	and a half \x1B[2J
        -line 3
        -line 4
        -line 5
        -line 6
        -line 7
        -line 8
        -line 9
        -line 10
        -line 11
        -end
        \ No newline at end of file

        """#)
  }

  @Test("nothing to show is said so") func nothing() {
    #expect(Report.diff(of: Self.plan([], before: [:]), style: Style()) == "No file's text changes.\n")
  }

  @Test("is coloured beside its signs") func coloured() {
    let text = Report.diff(
      of: Self.plan([Self.write("a\nc\n")], before: ["/etc/x": "a\nb\n"]), style: Style(colour: true))
    #expect(
      String(text.map { $0 == "\u{1B}" ? "␛" : $0 }) == """
        ␛[1m--- /etc/x␛[0m
        ␛[1m+++ /etc/x  0644 root:root␛[0m
        ␛[2m@@ -1,2 +1,2 @@␛[0m
         a
        ␛[31m-b␛[0m
        ␛[32m+c␛[0m

        """)
  }

  @Test("the hunks, applied to the old text, give the new one") func applied() throws {
    var generator = SeededGenerator(state: 7)
    for _ in 0..<300 {
      let (old, new) = (Self.text(&generator), Self.text(&generator))
      guard old != new else { continue }
      let diff = Report.diff(of: Self.plan([Self.write(new)], before: ["/etc/x": old]), style: Style())
      let lines = diff.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
      #expect(try Self.patched(old, lines.dropFirst(2)) == new, "\(diff)")
    }
  }

  /// Applies a unified diff strictly: what it says of the old text must be there, at the lines it names.
  private static func patched(_ old: String, _ diff: some Collection<String>) throws -> String {
    let oldLines = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let (whole, rest) = (oldLines.dropLast().map { $0 + "\n" }, oldLines.last ?? "")
    let source = whole + (rest.isEmpty ? [] : [rest])
    var result: [String] = []
    var position = 0
    var lines = Array(diff)
    // A line before this mark has no line break.
    while let mark = lines.firstIndex(where: { $0.hasPrefix("\\") }) {
      lines.remove(at: mark)
      lines[mark - 1] += "\u{0}"
    }
    for line in lines {
      if line.hasPrefix("@@") {
        let range = line.split(separator: " ")[1].dropFirst().split(separator: ",")
        let start = try #require(Int(range[0])) - (range.count == 2 && range[1] == "0" ? 0 : 1)
        result += source[position..<start]
        position = start
        continue
      }
      let text = line.hasSuffix("\u{0}") ? String(line.dropFirst().dropLast()) : line.dropFirst() + "\n"
      if !line.hasPrefix("+") {
        try #require(source[position] == text)
        position += 1
      }
      if !line.hasPrefix("-") { result.append(text) }
    }
    return (result + source[position...]).joined()
  }

  /// A few lines out of a small choice, so that two texts have much in common; not always ended by a line break.
  private static func text(_ generator: inout SeededGenerator) -> String {
    let lines = (0..<Int.random(in: 0...14, using: &generator)).map { _ in
      ["a", "b", "c", "d", ""].randomElement(using: &generator) ?? ""
    }
    return lines.joined(separator: "\n") + (lines.isEmpty || Bool.random(using: &generator) ? "" : "\n")
  }
}

/// The same numbers in every run: splitmix64.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
