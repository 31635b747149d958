import HostState
import Testing

@Suite("The text of a unit")
struct UnitTextTests {
  @Test("settings are named by their sections, without the blanks around them; comments are none")
  func settings() {
    let unit = UnitText("[Unit]\n# Wants=a\n  ; Wants=b\n\tWants = c \nnonsense\n[Service]\nUser=d=e\n")
    #expect(unit.settings.map(\.section) == ["Unit", "Service"])
    #expect(unit.settings.map(\.name) == ["Wants", "User"])
    #expect(unit.settings.map(\.value) == ["c", "d=e"])
  }

  @Test("a line goes on after a backslash, past comments, up to an empty line or the end")
  func continuation() {
    let unit = UnitText("[Service]\nA=1 \\\n  # no\n  2 \\\n3\nB=x\\\n\nC=y\\")
    #expect(unit.settings.map(\.name) == ["A", "B", "C"])
    #expect(unit.settings.map(\.value) == ["1  2  3", "x", "y"])
  }

  @Test("the words of a command line are systemd's: quotes, backslashes, percent signs")
  func words() {
    func words(_ line: String) -> [String] { UnitText.words(ofCommand: line[...]) }
    #expect(
      words("/usr/sbin/sshd -D  -o \"AuthorizedKeysCommand /x %%u\" '-o a' $SSHD_OPTS")
        == ["/usr/sbin/sshd", "-D", "-o", "AuthorizedKeysCommand /x %u", "-o a", "$SSHD_OPTS"])
    #expect(words(#"a\ b "c\"d" '"' """#) == ["a b", "c\"d", "\"", ""])
    #expect(words("").isEmpty && words(" \t").isEmpty)
  }

  @Test("an empty ExecStart= takes away those before; others of its beginning are others")
  func commands() {
    let unit = UnitText(
      "[Service]\nExecStart=/bin/a\nExecStartPre=/bin/b\nExecStart=\nExecStart=/bin/c\nExecStart=/bin/d\n")
    #expect(unit.commands == ["/bin/c", "/bin/d"])
    #expect(unit.values(of: "ExecStartPre") == ["/bin/b"])
    #expect(UnitText.of("ExecStart=/bin/e").commands == ["/bin/e"])
  }
}
