import Testing

@testable import Auditing

@Suite("Bodies as they came")
struct BodyTests {
  private func chunked(_ text: String, isWhole: Bool = true) -> String? {
    ChunkedBody.data(Array(text.utf8), isWhole: isWhole).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("chunks")
  func chunks() {
    #expect(chunked("3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n00\r\nTrailer: x\r\n\r\n") == "abc0123456789")
    for wrong in [
      "", "3\r\nabc\r\n", "0\r\n", "3 \r\nabc\r\n0\r\n\r\n", "3\nabc\n0\n\n", "zz\r\n", "\r\n\r\n",
      "ffffffffffffffffff\r\nx", "3\r\nabcd\r\n0\r\n\r\n", "0\r\n\r\nmore", "0\r\nno field\r\n\r\n",
      "0\r\nA: \u{1}\r\n\r\n", "1;a=\u{80}\r\nx\r\n0\r\n\r\n", "1;a b\r\nx\r\n0\r\n\r\n",
      "1;\r\nx\r\n0\r\n\r\n", "1;a=\"b\r\nx\r\n0\r\n\r\n",
      "+3\r\nabc\r\n0\r\n\r\n",
    ] {
      #expect(chunked(wrong) == nil, "\(wrong)")
    }
    #expect(chunked("3\r\nabc\r\nff\r\nd", isWhole: false) == "abcd")
  }

  private func inflated(_ hex: String, mayLackHeader: Bool = false, limit: Int = 1000) -> String? {
    let digits = Array(hex.utf8)
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
    let data = Inflate.data(bytes, limit: limit, mayLackHeader: mayLackHeader)
    return data.map { String(decoding: $0.bytes, as: UTF8.self) + ($0.isCut ? "…" : "") }
  }

  @Test("gzip: names, checksums, members, padding")
  func gzip() {
    let abc = "1f8b08000000000000034b4c4a0600c241243503000000"
    #expect(inflated(abc) == "abc")
    #expect(inflated(abc + abc) == "abcabc")
    #expect(inflated(abc + "0000") == "abc")
    #expect(inflated(abc + "78") == "abc")
    #expect(inflated(abc + "7878") == nil)
    #expect(inflated("1f8b081800000000000361006200" + abc.dropFirst(20)) == "abc")
    #expect(inflated("1f8b080400000000000301007a" + abc.dropFirst(20)) == "abc")
    #expect(inflated("1f8b08020000000000030000" + abc.dropFirst(20)) == nil)
    #expect(inflated("1f8b0820" + abc.dropFirst(8)) == nil)
    #expect(inflated(abc.dropLast(10) + "0003000000") == nil)
    for cut in [0, 2, 4, 20] { #expect(inflated(String(abc.prefix(cut)))?.isEmpty == true) }
    #expect(inflated(String(abc.dropLast(16))) == "abc")
  }

  @Test("zlib, and blocks alone where that is no fault")
  func zlib() {
    #expect(inflated("789c4b4c4a0600024d0127") == "abc")
    #expect(inflated("789c4b4c4a0600024d012700ff") == "abc")
    #expect(inflated("789c4b4c4a0600024d0128") == nil)
    #expect(inflated("789d4b4c4a0600024d0127") == nil)
    #expect(inflated("4b4c4a0600") == nil)
    #expect(inflated("789c4b4c4a0600024d01") == "abc")
    #expect(inflated("789c4b4c4a0600ffffff") == "abc")
    #expect(inflated("4b4c4a0600", mayLackHeader: true) == "abc")
    #expect(inflated("4b4c4a0600024d0127", mayLackHeader: true) == "abc")
    #expect(inflated("4b4c4a0600024d0128", mayLackHeader: true) == nil)
    #expect(inflated("010300fcff616263", mayLackHeader: true) == "abc")
    #expect(inflated("010300fcfe616263", mayLackHeader: true) == nil)
    #expect(inflated("07", mayLackHeader: true) == nil)
    #expect(inflated("", mayLackHeader: true)?.isEmpty == true)
  }

  @Test("no more is decompressed than is wanted")
  func limit() {
    let thousand = "789c4b4c1c05a360140c770000f9d87af8"
    #expect(inflated(thousand) == String(repeating: "a", count: 1000))
    #expect(inflated(thousand, limit: 5) == "aaaaa…")
  }

  @Test("blocks with codes of their own")
  func dynamic() {
    let hex =
      "78dab5cac11100300802b059f15041f6ff778ae61d688fa8ce8548a9db2c8a9cd8d02cfe84074c922fcc"
      + ""
    #expect(
      inflated(hex)
        == "ahgjdabekjkdakbheeidbdhddfkiiahfgahgjdabekjkdakbheeidbdhddfk"
        + "iiahfgahgjdabekjkdakbheeidbdhddfkiiahfgahgjdabekjkdakbheeidb")
  }
}
