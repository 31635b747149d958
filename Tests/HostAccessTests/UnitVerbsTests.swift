import HostState
import Testing

@testable import HostAccess

@Suite("Starting units")
struct UnitVerbsTests {
  /// A systemd whose unit has been started too often already.
  private final class BusySystemd: @unchecked Sendable {
    var result: String
    private(set) var lines: [String] = []

    init(result: String) { self.result = result }

    func run(_ command: Command) -> ProcessRunner.Outcome {
      lines.append(command.arguments.joined(separator: " "))
      switch command.arguments[0] {
      case "show": return .finished(CommandResult(status: 0, output: result + "\n"))
      case "reset-failed":
        result = "success"
        return .finished(CommandResult(status: 0, output: ""))
      default:
        let status: Int32 = result == "success" ? 0 : 1
        return .finished(CommandResult(status: status, output: "", errors: "Job failed."))
      }
    }
  }

  @Test("five starts within ten seconds do not keep it from a sixth")
  func startLimit() throws {
    let systemd = BusySystemd(result: "start-limit-hit")
    try UnitVerbs(run: systemd.run).tell("ufw.service", to: "start")
    #expect(systemd.lines.last == "start -- ufw.service")
    #expect(systemd.lines.contains("reset-failed -- ufw.service"))
  }

  @Test("a unit that cannot start is tried once")
  func failure() {
    let systemd = BusySystemd(result: "exit-code")
    #expect(throws: Diagnostic.self) { try UnitVerbs(run: systemd.run).tell("ufw.service", to: "start") }
    #expect(systemd.lines.filter { $0.hasPrefix("start ") }.count == 1)
  }
}
