import Foundation
import Glibc
import SystemCalls
import Testing

@testable import HostAccess

@Suite("Tables of the packet filter, without nft", .enabled(if: isRoot))
struct FilterTablesTests {
  /// What is true in a network namespace that has no rules, of a thread that ends with it.
  private static func inNewNetwork<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
    await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: harden_new_network() == 0 ? body() : nil) }.start()
    }
  }

  /// NFT_MSG_NEWTABLE with NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE.
  @Sendable private static func make(_ name: String, family: UInt8) -> Int32? {
    let batch =
      NetlinkText.message(0x10, flags: 1, resource: FilterQuestion.subsystem)
      + NetlinkText.message(FilterQuestion.type(0), flags: 0x405, family: family, NetlinkText.attribute(1, name))
      + NetlinkText.message(0x11, flags: 1, resource: FilterQuestion.subsystem)
    return FilterQuestion.ask(batch)?.error
  }

  @Test("they are listed by nft's names; one goes, and the others stay")
  func removed() async throws {
    let told = await Self.inNewNetwork { () -> [String] in
      let none = FilterTables.all()
      let made = [Self.make("filter", family: 2), Self.make("filter", family: 10), Self.make("mine", family: 1)]
      let all = FilterTables.all()
      let errors = [FilterTables.remove("ip filter"), FilterTables.remove("ip filter"), FilterTables.remove("filter")]
      return [
        "\(none as Any)", "\(made)", "\(all?.sorted() as Any)", "\(errors)", "\(FilterTables.all()?.sorted() as Any)",
      ]
    }
    #expect(
      told == [
        "Optional([])", "[Optional(0), Optional(0), Optional(0)]",
        "Optional([\"inet mine\", \"ip filter\", \"ip6 filter\"])", "[0, \(ENOENT), \(EINVAL)]",
        "Optional([\"inet mine\", \"ip6 filter\"])",
      ])
  }
}
