import Auditing
import HostState
import Testing

@testable import HostAccess

@Suite("What curl brings")
struct AuditAnswerTests {
  private func answer(_ output: String, status: Int32 = 0, errors: String = "") -> CurlAnswer {
    CurlAnswer(
      .finished(CommandResult(status: status, output: output, errors: errors)), url: "http://a.test/", limit: 1 << 20)
  }

  @Test(
    "heads that Node refuses are no answer",
    arguments: [
      ("A: 1\r\n  2\r\n", "A goes on in another line"), ("broken\r\n", "“broken” is no header"),
      (": 1\r\n", "“: 1” is no header"), ("A b: 1\r\n", "“A b: 1” is no header"),
      ("A: 1\n", "without a carriage return"),
      ("A: \u{7}\r\n", "A holds a control character"), ("Content-Length: 4\r\ncontent-length: 4\r\n", "says twice"),
      ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "says twice"),
      ("A: " + String(repeating: "x", count: 17_000) + "\r\n", "more than 16 KiB"),
      ("Content-Length: +4\r\n", "no number"), ("Content-Length: 4, 4\r\n", "no number"),
      ("Content-Length:\r\n", "no number"), ("Content-Length: 99999999999999999999\r\n", "no number"),
      ("Transfer-Encoding: \r\n", "is empty"), ("Content-Length: 3\r\n", "more comes"),
      ("Transfer-Encoding: chunked\r\n", "chunks"), ("Content-Encoding: gzip\r\n", "Content-Encoding says"),
    ])
  func refused(_ lines: String, _ words: String) {
    guard case .failed(let reason) = answer("HTTP/1.1 200 OK\r\n\(lines)\r\nbody") else {
      Issue.record("answered")
      return
    }
    #expect(reason.contains(words))
  }

  @Test(
    "what OpenSSL says of a server that speaks no TLS, or wants more than a visitor has, is said in words",
    arguments: [
      ("curl: (35) OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number", "does not speak TLS"),
      ("curl: (35) error:0A0000C6:SSL routines::packet length too long", "does not speak TLS"),
      (
        "curl: (56) OpenSSL SSL_read: OpenSSL/3.0.19: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0",
        "wants a certificate of every visitor"
      ),
      ("curl: (35) error:0A000410:SSL routines::ssl/tls alert handshake failure", "“ssl/tls alert handshake failure”"),
      ("curl: (7) Failed to connect to a.test port 443", "Failed to connect to a.test port 443"),
    ])
  func tlsTrouble(_ errors: String, _ words: String) {
    guard case .failed(let reason) = answer("", status: 35, errors: errors) else {
      Issue.record("answered")
      return
    }
    #expect(reason.contains(words))
    #expect(!reason.contains("SSL routines"))
  }

  @Test("a line of the head that never ends is said to be that")
  func endlessHeader() {
    guard case .failed(let reason) = answer("", status: 27, errors: "curl: (27) Out of memory") else {
      Issue.record("answered")
      return
    }
    #expect(reason.contains("head of the answer"))
  }

  @Test("headers are Latin-1, bodies UTF-8")
  func bytes() {
    let sent = Array("HTTP/1.1 200 OK\r\nA: DENY\u{A0}\r\n\r\nZoë".utf8)
    guard case .answered(let exchange) = answer(String(latin1: sent)) else {
      Issue.record("not answered")
      return
    }
    #expect(exchange.values("a") == ["DENY\u{C2}\u{A0}"])
    #expect(exchange.body == "Zoë")
  }

  @Test("heads of 1xx come first, repeated headers stay apart")
  func heads() throws {
    let text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\nB: x y\r\n\r\nbody\r\n\r\nmore"
    guard case .answered(let exchange) = answer(text) else {
      Issue.record("not answered")
      return
    }
    #expect(exchange.status == 200)
    #expect(exchange.values("a") == ["1", "2"])
    #expect(exchange.joined("b") == "x y")
    #expect(exchange.body == "body\r\n\r\nmore")
  }

  @Test(
    "status lines",
    arguments: [
      ("HTTP/1.1 200", 200), ("HTTP/1.0 404 ", 404), ("\r\n\r\nHTTP/1.1 200 OK", 200), ("HTTP/1.1 101 X", 101),
      ("\r\nHTTP/1.1 200 OK\r\nContent-Length: 9", nil), ("HTTP/1.1  200 OK", nil), ("HTTP/1.1 200 O\rK", nil),
      ("HTTP/1.2 200 OK", nil), ("HTTP/1.1 200\tOK", nil),
      ("HTTP/1.1 20", nil), ("HTTP/1.1 2000", nil), ("HTTP/1.1 2x0", nil), ("http/1.1 200", nil), ("HTTP/1.1", nil),
    ])
  func statusLines(line: String, status: Int?) {
    if case .answered(let exchange) = answer(line + "\r\nA: 1\r\n\r\n") {
      #expect(exchange.status == status)
    } else {
      #expect(status == nil)
    }
  }

  @Test("of more headers than Node takes, the first thousand count")
  func tooMany() {
    let many = String(repeating: "A: 1\r\n", count: 1000)
    guard case .answered(let exchange) = answer("HTTP/1.1 200 OK\r\n\(many)B: 2\r\n\r\n") else {
      Issue.record("not answered")
      return
    }
    #expect(exchange.headers.count == 1000)
  }

  @Test("a body is taken out of its chunks and decompressed, as far as its codings are known")
  func codings() {
    // gzip, of which the last 8 bytes are a checksum and a length.
    let hi: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0xC8, 4, 0, 0xAC, 0x2A, 0x93, 0xD8, 2, 0, 0, 0]
    func body(_ headers: String, _ bytes: [UInt8], status: Int32 = 0) -> String? {
      let head = "HTTP/1.1 200 OK\r\n\(headers)\r\n\r\n"
      guard case .answered(let exchange) = answer(head + String(latin1: bytes), status: status) else { return nil }
      return exchange.body
    }
    let chunked = Array("16\r\n".utf8) + hi + Array("\r\n0\r\n\r\n".utf8)
    #expect(body("Content-Encoding: GZip", hi) == "hi")
    #expect(body("Transfer-Encoding: Chunked\r\nContent-Encoding: gzip", chunked) == "hi")
    #expect(body("Transfer-Encoding: gzip, chunked\r\nContent-Encoding: x-compress", chunked) == "hi")
    #expect(body("Transfer-Encoding: chunked, gzip", Array("hi".utf8), status: 18) == "hi")
    #expect(body("Transfer-Encoding: chunked", Array("3\r\nhi".utf8), status: 18) == nil)
    #expect(body("Content-Encoding: gzip, gzip", Array("hi".utf8)) == "hi")
    #expect(body("Content-Encoding: gzip", hi.dropLast(9)) == "hi")
    #expect(body("Content-Encoding: gzip", hi.dropLast(5) + [0] + hi.suffix(4)) == nil)
  }

  @Test("what comes behind an answer spoils it")
  func excess() {
    for line in ["* Excess found: excess = 3 url = / (zero-length body)", "* Leftovers after chunking:  5u bytes"] {
      if case .answered = answer("HTTP/1.1 204 No\r\n\r\n", errors: "< A: 1\r\n< \r\n\(line)\n") {
        Issue.record("answered")
      }
    }
    guard case .answered = answer("HTTP/1.1 204 No\r\n\r\n", errors: "< A: * Excess found\r\n< \r\n") else {
      Issue.record("not answered")
      return
    }
  }

  @Test("certificates that are not in order are told from other failures")
  func failures() {
    if case .badCertificate(let reason) = answer(
      "", status: 60, errors: "curl: (60) SSL certificate problem: x\nMore\n")
    {
      #expect(reason == "SSL certificate problem: x")
    } else {
      Issue.record("not told")
    }
    if case .failed(let reason) = answer("", status: 7, errors: "curl: (7) Failed to connect\n") {
      #expect(reason == "Failed to connect")
    } else {
      Issue.record("not failed")
    }
    if case .answered = answer("SSH-2.0-OpenSSH\r\n\r\n") { Issue.record("taken for HTTP") }
  }

  @Test("a server that hangs up without taking leave of TLS has answered, unless the answer is short")
  func hangingUp() {
    let eof =
      "curl: (56) OpenSSL SSL_read: OpenSSL/3.5.4: error:0A000126:SSL routines::unexpected eof while reading, errno 0\n"
    func isAnswer(_ output: String, errors: String) -> Bool {
      if case .answered = answer(output, status: 56, errors: errors) { true } else { false }
    }
    #expect(isAnswer("HTTP/1.1 200 OK\r\n\r\nbody", errors: eof))
    #expect(!isAnswer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", errors: eof))
    #expect(!isAnswer("HTTP/1.1 200 OK\r\nA: 1\r\n", errors: eof))
    #expect(!isAnswer("HTTP/1.1 200 OK\r\n\r\nbody", errors: "curl: (56) Recv failure: Connection reset by peer\n"))
  }

  @Test("a body without end is cut, and says so")
  func cut() {
    let outcome = ProcessRunner.Outcome.tooMuchOutput(
      bytes: 10, so: CommandResult(status: 143, output: "HTTP/1.1 200 OK\r\n\r\nxxxxx"))
    guard case .answered(let exchange) = CurlAnswer(outcome, url: "http://a.test/", limit: 10) else {
      Issue.record("not answered")
      return
    }
    #expect(exchange.isCut && exchange.body == "xxxxx")
  }

  @Test("where a connection really goes")
  func endpoints() {
    var options = CurlOptions()
    options.connectTo = ["a.test:443:127.0.0.1:8443"]
    options.resolve = ["b.test:443:[::1],127.0.0.1"]
    #expect(options.endpoint("a.test", 443) == ("127.0.0.1", 8443))
    #expect(options.endpoint("b.test", 443) == ("[::1]", 443))
    #expect(options.endpoint("c.test", 443) == ("c.test", 443))
  }

  @Test("a DNS server is an address, and a port after #")
  func nameServers() {
    #expect(NameServer("192.0.2.53")?.words == ["@192.0.2.53"])
    #expect(NameServer("2001:db8::53#5353")?.words == ["@2001:db8::53", "-p", "5353"])
    for text in ["", "#", "#53", "192.0.2.53#", "192.0.2.53#0", "192.0.2.53#65536", "a b", "-x", "@192.0.2.53"] {
      #expect(NameServer(text) == nil, "\(text)")
    }
  }
}
