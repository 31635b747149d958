import HostState
import Testing

@Suite("What could not be read")
struct AnswerTests {
  @Test(
    "the way out fits what kept it from being read",
    arguments: [
      ("it: Permission denied", "Run harden as root"), ("its files name keys that root alone can read", "as root"),
      ("root is without CAP_SYS_ADMIN here", "--privileged"),
      ("systemctl ended with exit code 1: Failed to connect to bus: No such file or directory", "--wait"),
      ("it is a symbolic link", "Mend that"),
    ])
  func remedy(reason: String, words: String) throws {
    do throws(Diagnostic) {
      _ = try Answer<String>.unreadable(reason: reason).known("/etc/f")
      Issue.record("no error")
    } catch {
      #expect(error.fix?.contains(words) == true)
      #expect(error.detail.contains(reason))
    }
  }
}
