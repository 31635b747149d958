extension String {
  /// What a function of C wrote into a buffer of that many bytes; nil when it failed.
  static func written(capacity: Int, by fill: (UnsafeMutablePointer<CChar>, Int) -> Bool) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { room in
      room.initialize(repeating: 0)
      // The last byte stays: some of them leave the end open where the room is too small.
      guard let base = room.baseAddress, fill(base, capacity - 1) else { return nil }
      return String(cString: base)
    }
  }
}
