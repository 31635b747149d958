import HostState
import Testing

@testable import HostAccess

@Suite("Who would get in after an undo")
struct UndoForesightTests {
  @Test("files, accounts and rules are laid over the host as the oldest step had found them")
  func laid() throws {
    let dropIn: Path = "/etc/ssh/sshd_config.d/00-harden.conf"
    let entry = EntryImage(kind: .file, mode: 0o600, user: 0, group: 0)
    let rules = "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
    let foresight = UndoForesight(
      [
        Restoration(item: .path(path: dropIn.text), now: .entry(entry: entry), target: .entry(entry: entry)),
        Restoration(item: .path(path: dropIn.text), now: .entry(entry: entry), target: .absent),
        Restoration(item: .path(path: "/srv/x"), now: .entry(entry: entry), target: .absent),
        Restoration(
          item: .line(file: "passwd", name: "zz-before"), now: .absent,
          target: .text(text: "zz-before:x:4242:4242::/home/zz:/bin/bash")),
        Restoration(item: .rules(family: "iptables"), now: .absent, target: .text(text: rules)),
      ], [])
    let before = PacketFilter(ipv4: [], ipv6: ["*filter"], otherTables: [])
    let host = foresight.laid(over: .there(value: .packetFilter(before)))
    #expect(try host.contents(dropIn) == .absent)
    #expect(host.answer(.contents(path: "/srv/x")) == nil)
    #expect(try host.accounts().value?.users["zz-before"]?.uid == 4242)
    #expect(try host.packetFilter().value?.ipv4 == ["*filter", ":INPUT DROP", "COMMIT"])
    #expect(try host.packetFilter().value?.ipv6 == ["*filter"])
  }

  @Test("an undo that puts back nothing of who gets in asks nothing")
  func harmless() {
    let motd = Restoration(item: .path(path: "/etc/motd"), now: .absent, target: .absent)
    #expect(UndoForesight([motd], []).objection(1) == nil)
  }
  @Test("an undo after which nobody gets in is refused, before one that would is")
  func refused() {
    let dropIn = Restoration(item: .path(path: "/etc/ssh/sshd_config"), now: .absent, target: .absent)
    func objection(today: WaysIn, then: WaysIn) -> Diagnostic? {
      UndoForesight([dropIn], []).objection(7) { $0 == nil ? today : then }
    }
    let (open, shut) = (WaysIn(accounts: ["ana", "root"]), WaysIn(obstacle: "nothing listens for SSH"))
    let refusal = objection(today: open, then: shut)
    #expect(refusal?.summary == "Nobody would get in any more")
    let detail = refusal?.detail ?? ""
    #expect(detail.hasPrefix("With run 7 taken back, nothing listens for SSH. Today it admits ana, root."))
    #expect(refusal?.fix == "harden undo 7 --force")
    #expect(objection(today: open, then: WaysIn(accounts: ["ana"])) == nil)
    #expect(objection(today: shut, then: shut) == nil)
    #expect(objection(today: open, then: WaysIn(isKnown: false)) == nil)
  }

  @Test("an undo after which nobody who gets in becomes root is refused, where somebody does today")
  func powerless() {
    let rule = Restoration(item: .path(path: "/etc/sudoers.d/99-harden-deploy"), now: .absent, target: .absent)
    func objection(today: WaysIn, then: WaysIn) -> Diagnostic? {
      UndoForesight([rule], []).objection(7) { $0 == nil ? today : then }
    }
    let today = WaysIn(accounts: ["debian", "deploy"], masters: ["deploy"])
    let refusal = objection(today: today, then: WaysIn(accounts: ["debian"]))
    #expect(refusal?.summary == "Nobody who gets in could become root any more")
    #expect(
      refusal?.detail
        == "With run 7 taken back, sshd would admit debian, without sudo for everything; root itself would not get in, "
        + "and has no password for su. Today root is to be had by deploy. Nothing was taken back. Give somebody a way "
        + "to root first: a password of root's, a key in /root/.ssh/authorized_keys, sudo.")
    #expect(refusal?.fix == "harden undo 7 --force")
    #expect(objection(today: today, then: WaysIn(accounts: ["debian"], masters: ["debian"])) == nil)
    let unprivileged = WaysIn(accounts: ["debian"])
    #expect(objection(today: unprivileged, then: unprivileged) == nil)
    #expect(objection(today: today, then: WaysIn(isKnown: false)) == nil)
  }

  @Test("an undo is judged by the files that it puts back, and by accounts, groups and rules")
  func judged() {
    let items: [ImageItem] = [
      .path(path: "/etc/pam.d/sshd"), .path(path: "/home/ana/.ssh/authorized_keys"), .path(path: "/etc/hosts.deny"),
      .line(file: "passwd", name: "ana"), .line(file: "shadow", name: "ana"), .rules(family: "iptables"),
    ]
    for item in items {
      let foresight = UndoForesight([Restoration(item: item, now: .absent, target: .absent)], [])
      #expect(foresight.objection(1) { $0 == nil ? WaysIn(accounts: ["ana"]) : WaysIn() } != nil, "\(item)")
    }
  }
}
