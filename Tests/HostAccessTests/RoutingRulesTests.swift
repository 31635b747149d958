import Foundation
import Glibc
import SystemCalls
import Testing

@testable import HostAccess

@Suite("Rules that choose routes", .enabled(if: isRoot))
struct RoutingRulesTests {
  /// RTM_NEWRULE (32) or RTM_DELRULE (33) with NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE: to a table, by the number that is
  /// its turn, and a mark where one is given. What follows the family is the rest of fib_rule_hdr.
  @Sendable private static func ask(_ type: UInt16, table: UInt8, turn: UInt32, mark: UInt32? = nil) -> Int32? {
    func attribute(_ type: UInt8, _ value: UInt32) -> [UInt8] {
      let bytes: [UInt8] = (0..<4).map { UInt8(value >> ($0 * 8) & 0xFF) }
      return [8, 0, type, 0] + bytes
    }
    let head: [UInt8] = [table, 0, 0, 1, 0, 0, 0, 0]
    let body: [UInt8] = head + attribute(6, turn) + (mark.map { attribute(10, $0) } ?? [])
    let number = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | O_CLOEXEC, 0)
    return NetlinkText.ask(NetlinkText.message(type, flags: 0x405, family: 2, body), over: number)?.error
  }

  /// What is told in a network namespace of its own, before and after this was asked of it.
  private static func told(_ ask: @escaping @Sendable () -> Int32?) async -> [String]? {
    await withCheckedContinuation { continuation in
      Thread {
        guard harden_new_network() == 0 else { return continuation.resume(returning: nil) }
        let before = RoutingRules.hasOthers
        let error = ask()
        continuation.resume(returning: ["\(before)", "\(error ?? -1)", "\(RoutingRules.hasOthers)"])
      }.start()
    }
  }

  @Test("the kernel's own three are none; one by a mark, one for all packets, and one that is gone are told")
  func others() async {
    #expect(await Self.told { Self.ask(32, table: 100, turn: 32765, mark: 1) } == ["false", "0", "true"])
    #expect(await Self.told { Self.ask(32, table: 254, turn: 32766, mark: 1) } == ["false", "0", "true"])
    #expect(await Self.told { Self.ask(32, table: 100, turn: 5) } == ["false", "0", "true"])
    #expect(await Self.told { Self.ask(33, table: 253, turn: 32767) } == ["false", "0", "true"])
  }
}
