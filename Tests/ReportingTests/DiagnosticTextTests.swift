import HostState
import Testing

@testable import Reporting

@Suite("A diagnostic as text") struct DiagnosticTextTests {
  static let notInForce = Diagnostic(
    "Setting not in force",
    detail: """
      sshd still reports PermitRootLogin "yes" after /etc/ssh/sshd_config.d/00-harden.conf was written. sshd keeps the \
      first value it reads, and /etc/ssh/sshd_config sets this one on line 3, above its Include line.
      """,
    fix: "Remove that line, then run:\nharden apply django-apache", address: "sshd",
    source: SourceLine(file: "Recipes/DjangoApache.swift", line: 18))

  @Test("says what, where, why and what to do") func whole() {
    #expect(
      Report.text(of: Self.notInForce, style: Style()) == """
        error: Setting not in force
          sshd, Recipes/DjangoApache.swift:18

          sshd still reports PermitRootLogin "yes" after /etc/ssh/sshd_config.d/00-harden.conf was written.
          sshd keeps the first value it reads, and /etc/ssh/sshd_config sets this one on line 3, above its
          Include line.

          Remove that line, then run:
              harden apply django-apache

        """)
  }

  @Test("shows the command that failed with the last lines it said") func command() {
    let diagnostic = Diagnostic(
      "Configuration refused", detail: "sshd does not accept the file that would be written.",
      command: .init(
        line: "sshd -t", status: 255,
        lastErrors:
          "00-harden.conf: line 3: Bad configuration option: Permit\u{1B}[0mRoot\nterminating, 1 bad options\n"))
    #expect(
      Report.text(of: diagnostic, style: Style()) == #"""
        error: Configuration refused

          sshd does not accept the file that would be written.

          sshd -t ended with 255:
              00-harden.conf: line 3: Bad configuration option: Permit\x1B[0mRoot
              terminating, 1 bad options

        """#)
  }

  @Test("owns up to a bug") func bug() {
    #expect(
      Report.text(of: .bug("The plan has a step without a footprint.", address: "sshd"), style: Style()) == """
        error: This is a bug in harden
          sshd

          The plan has a step without a footprint.

          Neither the recipe nor the host is to blame. Report it with the lines above.

        """)
  }

  @Test("several are all shown and counted") func several() {
    let missing = Diagnostic(
      "Missing input", detail: "domain: The name visitors type.", fix: "--set domain=example.com")
    let malformed = Diagnostic("Not a public key", detail: "adminKey is a private key.")
    #expect(
      Report.text(of: [missing, malformed], style: Style(), closing: "Nothing has been touched.") == """
        error: Missing input

          domain: The name visitors type.

              --set domain=example.com

        error: Not a public key

          adminKey is a private key.

        2 errors. Nothing has been touched.

        """)
  }

  @Test("is coloured beside its words") func coloured() {
    let diagnostic = Diagnostic(
      "Not root", detail: "Apply writes to the host.", fix: "sudo harden apply", address: "host")
    let text = Report.text(of: diagnostic, style: Style(colour: true))
    #expect(
      String(text.map { $0 == "\u{1B}" ? "␛" : $0 }) == """
        ␛[1;31merror:␛[0m ␛[1mNot root␛[0m
          ␛[2mhost␛[0m

          Apply writes to the host.

              ␛[1msudo harden apply␛[0m

        """)
  }
}

@Test("what somebody typed is cut where it is long, and a text of any length is wrapped at once")
func longQuotes() {
  let long = String(repeating: "x", count: 100_000)
  let text = Report.text(
    of: [Diagnostic("Unknown", detail: "There is no “\(long)”, nor “a”.", fix: "harden \(long)")], style: Style())
  #expect(text.utf8.count < 500 && text.contains("x…”, nor “a”.") && !text.contains("harden x"))
  let lines = wrapped(String(repeating: "ab ", count: 1000) + long, to: 80)
  #expect(lines.allSatisfy { columns($0) <= 80 } && lines.joined().filter { $0 == "x" }.count == 100_000)
}

@Test("a line break in what somebody typed breaks no line")
func quotedLineBreak() {
  let text = Report.text(
    of: Diagnostic("Unknown", detail: "There is no “a\nb”.\nNor is there “c\td”."), style: Style())
  #expect(text == "error: Unknown\n\n  There is no “a\\nb”.\n  Nor is there “c\\td”.\n")
}
