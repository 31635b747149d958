/// The blocks of DEFLATE (RFC 1951), with what they come to.
struct DeflateBlocks {
  /// Why no more is read.
  enum Stop: Error { case wrong, cutOff, full }

  let input: [UInt8]
  /// Of the next byte from which no bit was taken.
  private(set) var place = 0
  private(set) var output: [UInt8] = []
  private let limit: Int
  private var held = 0
  private var heldCount = 0
  /// Where the output begins that these blocks may refer to.
  private var start = 0

  init(_ input: [UInt8], limit: Int) { (self.input, self.limit) = (input, limit) }

  /// The next byte that is whole.
  var nextByte: UInt8? { place < input.count ? input[place] : nil }

  /// What comes refers to nothing before it.
  mutating func begin() { start = output.count }

  mutating func bits(_ count: Int) throws(Stop) -> Int {
    while heldCount < count {
      guard place < input.count else { throw .cutOff }
      held |= Int(input[place]) << heldCount
      (place, heldCount) = (place + 1, heldCount + 8)
    }
    defer { (held, heldCount) = (held >> count, heldCount - count) }
    return held & (1 << count - 1)
  }

  /// All blocks, up to the byte after the last one.
  mutating func read() throws(Stop) {
    var isLast = false
    while !isLast {
      isLast = try bits(1) == 1
      switch try bits(2) {
      case 0: try stored()
      case 1: try compressed(Self.fixed.lengths, Self.fixed.distances)
      case 2:
        let (lengths, distances) = try codes()
        try compressed(lengths, distances)
      default: throw .wrong
      }
    }
    (held, heldCount) = (0, 0)
  }

  private mutating func append(_ byte: UInt8) throws(Stop) {
    guard output.count < limit else { throw .full }
    output.append(byte)
  }

  private mutating func stored() throws(Stop) {
    (held, heldCount) = (0, 0)
    let (length, inverse) = (try bits(16), try bits(16))
    guard inverse == length ^ 0xFFFF else { throw .wrong }
    for _ in 0..<length { try append(UInt8(truncatingIfNeeded: try bits(8))) }
  }

  private mutating func compressed(_ lengths: HuffmanCode, _ distances: HuffmanCode) throws(Stop) {
    while true {
      let symbol = try self.symbol(lengths)
      if symbol == 256 { return }
      if symbol < 256 {
        try append(UInt8(symbol))
        continue
      }
      guard symbol < 286 else { throw .wrong }
      let length = Self.lengthBases[symbol - 257] + (try bits(Self.lengthExtras[symbol - 257]))
      let code = try self.symbol(distances)
      guard code < 30 else { throw .wrong }
      let distance = Self.distanceBases[code] + (try bits(code < 2 ? 0 : code / 2 - 1))
      guard distance <= output.count - start else { throw .wrong }
      for _ in 0..<length { try append(output[output.count - distance]) }
    }
  }

  private mutating func symbol(_ code: HuffmanCode) throws(Stop) -> Int {
    var (word, first, index) = (0, 0, 0)
    for count in code.counts.dropFirst() {
      word |= try bits(1)
      if word - count < first { return code.symbols[index + word - first] }
      index += count
      first = (first + count) << 1
      word <<= 1
    }
    throw .wrong
  }

  /// The codes of a block that brings its own, RFC 1951 §3.2.7.
  private mutating func codes() throws(Stop) -> (HuffmanCode, HuffmanCode) {
    let (count, distanceCount, ownCount) = (try bits(5) + 257, try bits(5) + 1, try bits(4) + 4)
    guard count <= 286, distanceCount <= 30 else { throw .wrong }
    var own = [Int](repeating: 0, count: 19)
    for place in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].prefix(ownCount) {
      own[place] = try bits(3)
    }
    guard let code = HuffmanCode(own, mayBeIncomplete: false) else { throw .wrong }
    var lengths: [Int] = []
    while lengths.count < count + distanceCount {
      let symbol = try self.symbol(code)
      if symbol < 16 {
        lengths.append(symbol)
        continue
      }
      guard symbol > 16 || !lengths.isEmpty else { throw .wrong }
      let length = symbol == 16 ? lengths[lengths.count - 1] : 0
      let times = symbol == 16 ? 3 + (try bits(2)) : symbol == 17 ? 3 + (try bits(3)) : 11 + (try bits(7))
      lengths += [Int](repeating: length, count: times)
    }
    guard lengths.count == count + distanceCount, lengths[256] != 0, let own = HuffmanCode(Array(lengths[..<count])),
      let distances = HuffmanCode(Array(lengths[count...]))
    else { throw .wrong }
    return (own, distances)
  }

  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let lengthExtras = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases = (0..<30).map { $0 < 2 ? $0 + 1 : 1 + (2 + $0 % 2) << ($0 / 2 - 1) }
  private static let fixed = (
    lengths: HuffmanCode(known: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }),
    distances: HuffmanCode(known: [Int](repeating: 5, count: 32))
  )
}

/// A canonical code: how many words each length has, and the symbols in the order of their words.
struct HuffmanCode: Sendable {
  let counts: [Int]
  let symbols: [Int]

  init(known lengths: [Int]) {
    counts = [0] + (1...15).map { length in lengths.count { $0 == length } }
    symbols = (1...15).flatMap { length in lengths.indices.filter { lengths[$0] == length } }
  }

  /// Nil for more words than there can be, or fewer: then only one of a single bit, or none, is taken.
  init?(_ lengths: [Int], mayBeIncomplete: Bool = true) {
    self.init(known: lengths)
    let left = counts.dropFirst().reduce(1) { $0 < 0 ? $0 : $0 << 1 - $1 }
    guard left >= 0 else { return nil }
    if left > 0, !symbols.isEmpty, !mayBeIncomplete || counts.dropFirst(2).contains(where: { $0 > 0 }) { return nil }
    if left > 0, symbols.isEmpty, !mayBeIncomplete { return nil }
  }
}
