/// A set of numbers below a bound, in which the nearest one below and above any number is found in a few steps.
struct NumberSet {
  /// A bit for each number; above it a bit for each word that is not zero, and so on up to one word.
  private var levels: [[UInt64]] = []

  init(below bound: Int) {
    var count = bound
    repeat {
      count = (count + 63) >> 6
      levels.append([UInt64](repeating: 0, count: count))
    } while count > 1
  }

  mutating func insert(_ number: Int) {
    var place = number
    for level in levels.indices {
      levels[level][place >> 6] |= 1 << UInt64(place & 63)
      place >>= 6
    }
  }

  mutating func remove(_ number: Int) {
    var place = number
    for level in levels.indices {
      levels[level][place >> 6] &= ~(1 << UInt64(place & 63))
      if levels[level][place >> 6] != 0 { return }
      place >>= 6
    }
  }

  func contains(_ number: Int) -> Bool { levels[0][number >> 6] >> UInt64(number & 63) & 1 == 1 }

  func last(below number: Int) -> Int? {
    var place = number
    for level in levels.indices {
      let word = levels[level][place >> 6] & ((1 << UInt64(place & 63)) - 1)
      if word != 0 { return found((place | 63) - word.leadingZeroBitCount, level) { 63 - $0.leadingZeroBitCount } }
      place >>= 6
    }
    return nil
  }

  func first(above number: Int) -> Int? {
    var place = number
    for level in levels.indices {
      let word = levels[level][place >> 6] & (~1 << UInt64(place & 63))
      if word != 0 { return found((place & ~63) + word.trailingZeroBitCount, level, \.trailingZeroBitCount) }
      place >>= 6
    }
    return nil
  }

  /// The number that a bit of an upper level stands for.
  private func found(_ place: Int, _ level: Int, _ bit: (UInt64) -> Int) -> Int {
    (0..<level).reversed().reduce(place) { $0 << 6 | bit(levels[$1][$0]) }
  }

  /// In order.
  var all: [Int] {
    var all: [Int] = []
    var next = levels[0].isEmpty ? nil : contains(0) ? 0 : first(above: 0)
    while let number = next {
      all.append(number)
      next = first(above: number)
    }
    return all
  }
}
