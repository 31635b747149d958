import Testing

@testable import Resources

@Suite("Options in front of a key")
struct KeyOptionsTests {
  @Test("days are counted from 1970")
  func days() {
    #expect(KeyOptions.day("19700101") == 0)
    #expect(KeyOptions.day("20000301") == 11_017)
    #expect(KeyOptions.day("20261124120000") == 20_781)
    #expect(KeyOptions.day("soon") == nil)
  }

  @Test(
    "what keeps a key from giving a shell",
    arguments: [
      ("", nil), ("no-pty,no-X11-forwarding", nil), ("from=\"198.51.100.*\"", nil), ("from=\"10.0.0.0/8\"", nil),
      ("from=\"203.0.113.9\"", "the key is bound to 203.0.113.9, not 198.51.100.7"),
      ("command=\"/usr/bin/rsync, really\"", "the key only runs “/usr/bin/rsync, really”"),
      ("command=\"a \\\"b,c\\\" d\"", "the key only runs “a \"b,c\" d”"),
      ("cert-authority", "the line names a certificate authority, not a key"),
      ("expiry-time=\"20200101\"", "the key expired on 20200101"), ("expiry-time=\"29990101\"", nil),
    ] as [(String, String?)])
  func objections(options: String, objection: String?) {
    #expect(KeyOptions(options).objection(from: "198.51.100.7", today: 20_781) == objection)
  }
}
