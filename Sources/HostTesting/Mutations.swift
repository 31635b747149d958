/// Texts that are nearly what a parser expects, and some that are nothing at all: the same seed gives the same texts.
///
///     try Mutations(of: ["deploy:x:1000:…"]).run { _ = Accounts.records(in: $0) }
public struct Mutations {
  private let samples: [[UInt8]]
  private var state: UInt64

  /// A text that took a parser too long.
  public struct TooSlow: Error, CustomStringConvertible {
    public let seed: UInt64
    public let number: Int
    public let length: Int
    public let duration: Duration
    public var description: String { "text \(number) of seed \(seed), \(length) bytes, took \(duration)" }
  }

  public init(of samples: [String], seed: UInt64) {
    self.samples = samples.map { Array($0.utf8) }
    state = seed
  }

  /// Gives `count` mutated texts to a parser, then long ones of a single kind.
  ///
  /// - Parameter limit: what one text may take; the long ones are of 32 KiB.
  /// - Throws: `TooSlow`, and what the parser throws.
  public mutating func run(
    _ count: Int = 250, limit: Duration = .seconds(2), parse: (String) throws -> Void
  ) throws {
    let seed = state
    let clock = ContinuousClock()
    for number in 0..<count + Self.long.count {
      let bytes = number < count ? next() : Self.repeated(Self.long[number - count], 1 << 15)
      let duration = try clock.measure { try parse(String(decoding: bytes, as: UTF8.self)) }
      if duration > limit { throw TooSlow(seed: seed, number: number, length: bytes.count, duration: duration) }
    }
  }

  /// SplitMix64 (Steele, Lea and Flood 2014).
  private mutating func random() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  private mutating func below(_ bound: Int) -> Int { Int(random() % UInt64(max(1, bound))) }

  /// One text: a sample with a few mutations, or random bytes.
  private mutating func next() -> [UInt8] {
    guard !samples.isEmpty, below(16) != 0 else { return (0..<below(200)).map { _ in UInt8(below(256)) } }
    var bytes = samples[below(samples.count)]
    for _ in 0...below(6) { mutate(&bytes) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let start = below(bytes.count + 1)
    let end = min(bytes.count, start + below(40))
    switch below(7) {
    case 0 where start < bytes.count: bytes[start] = UInt8(below(256))
    case 1: bytes.removeSubrange(start..<end)
    case 2: bytes.insert(contentsOf: bytes[start..<end], at: below(bytes.count + 1))
    case 3: bytes.removeSubrange(start...)
    case 4:
      let other = samples[below(samples.count)]
      bytes.replaceSubrange(start..., with: other[below(other.count)...])
    case 5: mutateNumber(&bytes, from: start)
    default: bytes.insert(contentsOf: Self.words[below(Self.words.count)].utf8, at: start)
    }
  }

  /// Puts another in the place of the next number: most overflows hide there.
  private mutating func mutateNumber(_ bytes: inout [UInt8], from start: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = bytes[start...].firstIndex(where: { digits.contains($0) }) else { return }
    let end = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.count
    bytes.replaceSubrange(first..<end, with: Self.numbers[below(Self.numbers.count)].utf8)
  }

  private static let numbers = [
    "0", "-1", "65536", "4294967296", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e999",
    "nan", "0x7f", "٣", "",
  ]
  private static let words =
    numbers + [
      "\0", "\r\n", "\n", "\n\n", " ", "  ", "\t", ":", "::", "=", "==", "\"", "'", "\\", "#", "!", ",", ".", "..",
      "/", "//", "(", ")", "[", "]", "{", "}", "<", ">", "</", "-", "--", "-A ", "*", "%", "%20", "%2", "$(id)", "@",
      "+",
      "\u{301}", "\u{FEFF}", "e\u{301}", "👩‍👩‍👧", "_", "__", ";", "|", "~",
    ]
  private static let long = [
    "a", "a ", " ", "\n", "\r\n", "[", "{\"a\":", "\"", "\\", "(", ",", "=", "\u{301}", "<a\n", "-A a -s\n",
  ]

  private static func repeated(_ unit: String, _ length: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < length { bytes += unit.utf8 }
    return bytes
  }
}
