import HostState
import Testing

@Test(
  "a word is quoted byte by byte, whatever stands on its quotes",
  arguments: [
    ("plain/word", "plain/word"), ("", "''"), ("it's", "'it'\\''s'"),
    ("'\u{301};x \u{D4E}'", "''\\''\u{301};x \u{D4E}'\\'''"),
  ])
func quoted(_ word: String, _ expected: String) {
  // Texts that only look the same would be equal.
  #expect(Array(Command.quoted(word).utf8) == Array(expected.utf8))
}
