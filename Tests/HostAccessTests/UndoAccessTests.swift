import HostState
import Testing

@testable import HostAccess

@Suite("What an undo does to the ways in")
struct UndoAccessTests {
  private let deploy = WaysIn.Means(keys: ["SHA256:a “laptop”"], sudo: "without password")

  private func ways(_ means: [String: WaysIn.Means], _ doors: [UInt16: WaysIn.Door] = [22: .open]) -> WaysIn {
    var ways = WaysIn(accounts: Set(means.keys), masters: Set(means.filter { $0.value.sudo != nil }.keys))
    (ways.means, ways.doors) = (means, doors)
    return ways
  }

  @Test("the port that closes and the one that opens, as far as the packet filter lets it in")
  func ports() {
    let today = ways(["deploy": deploy], [2222: .open])
    #expect(
      UndoAccess(from: today, to: ways(["deploy": deploy])).changes == [
        Change("sshd", "Port", from: nil, to: "22, let in by the packet filter", risk: .opens),
        Change("sshd", "Port", from: "2222, let in by the packet filter", to: nil, risk: .closes),
      ])
    let shut = UndoAccess(from: today, to: ways(["deploy": deploy], [22: .shut(by: "-P INPUT DROP")])).changes
    #expect(shut.first == Change("sshd", "Port", from: nil, to: "22, dropped by the packet filter (-P INPUT DROP)"))
    let same = UndoAccess(from: today, to: ways(["deploy": deploy], [2222: .shut(by: "-P INPUT DROP")])).changes
    #expect(same.map(\.risk) == [.closes])
    #expect(UndoAccess(from: today, to: ways(["deploy": deploy], [:])).changes.isEmpty)
    #expect(UndoAccess(from: today, to: today).changes.isEmpty)
  }

  @Test("accounts that gain or lose a key, a password or sudo")
  func accounts() {
    let bob = WaysIn.Means(keys: ["SHA256:b"], sudo: "with password")
    let today = ways(["deploy": deploy, "root": WaysIn.Means(keys: ["SHA256:r"])])
    let then = ways(["bob": bob, "root": WaysIn.Means(keys: ["SHA256:r"], password: true)])
    #expect(
      UndoAccess(from: today, to: then).changes == [
        Change("user bob", "key", from: nil, to: "SHA256:b", risk: .opens),
        Change("user bob", "sudo", from: "none", to: "with password", risk: .opens),
        Change("user deploy", "key", from: "SHA256:a “laptop”", to: nil, risk: .closes),
        Change("user deploy", "sudo", from: "without password", to: "none", risk: .closes),
        Change("user root", "password", from: "refused by sshd", to: "taken by sshd", risk: .opens),
      ])
  }

  @Test("who gets in and becomes root is said of today and of afterwards")
  func timeline() {
    let today = ways(["ana": WaysIn.Means(password: true), "deploy": deploy], [2222: .open])
    var shut = WaysIn(obstacle: "nothing listens for SSH")
    shut.doors = [:]
    #expect(
      UndoAccess(from: today, to: shut).timeline == [
        "Today: deploy, key SHA256:a “laptop”, with sudo; sshd on port 2222, let in by the packet filter.",
        "Once this is taken back: nobody over SSH: nothing listens for SSH.",
      ])
    let powerless = UndoAccess(from: today, to: ways(["ana": WaysIn.Means(password: true)])).timeline
    #expect(
      powerless.last
        == "Once this is taken back: ana, password; nobody of them becomes root; sshd on port 22, let in by the packet "
        + "filter.")
    let unknown = UndoAccess(from: today, to: WaysIn(isKnown: false))
    #expect(unknown.changes.isEmpty)
    #expect(unknown.timeline.last == "Once this is taken back: who gets in cannot be told, since sshd does not say.")
  }
}
