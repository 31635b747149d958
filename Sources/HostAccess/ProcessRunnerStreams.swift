import Glibc

extension String {
  init(latin1 bytes: some Sequence<UInt8>) { self.init(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })) }
}

/// What came through one pipe so far, cut into lines for who wants them.
struct StreamReader {
  private(set) var descriptor: Int32 = -1
  private(set) var isOver = false
  private var bytes: [UInt8] = []
  /// Where the line begins that is not complete yet.
  private var lineStart = 0
  private let onLine: ((String) -> Void)?

  init() { onLine = nil }
  init(_ descriptor: Int32, onLine: ((String) -> Void)?) {
    (self.descriptor, self.onLine) = (descriptor, onLine)
  }

  /// Takes what one `read(2)` gives; closes the pipe at its end.
  mutating func read(limit: Int) { _ = take(limit) }

  /// Takes all that is there without waiting.
  mutating func drain(limit: Int) {
    while descriptor >= 0 && take(limit) {}
  }

  /// The text; what is no UTF-8 becomes U+FFFD, unless each byte is to be a scalar of its own.
  mutating func finish(isLatin1: Bool = false) -> String {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    if let onLine, lineStart < bytes.count { onLine(String(decoding: bytes[lineStart...], as: UTF8.self)) }
    lineStart = bytes.count
    return isLatin1 ? String(latin1: bytes) : String(decoding: bytes, as: UTF8.self)
  }

  private mutating func take(_ limit: Int) -> Bool {
    let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { room in
      let count = Glibc.read(descriptor, room.baseAddress, room.count)
      if count > 0 && !isOver { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: room[..<count])) }
      return count
    }
    if count < 0 { return errno == EINTR }
    if count == 0 {
      close(descriptor)
      descriptor = -1
      return false
    }
    if bytes.count > limit { isOver = true }
    tellLines()
    return true
  }

  private mutating func tellLines() {
    guard let onLine else { return }
    while let end = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
      onLine(String(decoding: bytes[lineStart..<end], as: UTF8.self))
      lineStart = end + 1
    }
  }
}
