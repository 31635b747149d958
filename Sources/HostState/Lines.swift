extension StringProtocol where SubSequence == Substring {
  /// The lines that are not empty, split by byte: a long answer of a program is split ten times as fast as by character.
  package var lines: [Substring] { Substring(self).utf8.split(separator: 0x0A).map(Substring.init) }
}
