extension StringProtocol {
  /// Its words with one blank between them, as the kernel's settings are compared.
  package var singleSpaced: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
