extension TreeReport {
  /// `3 of 3,401 entries differ`.
  package var words: String {
    let isOne = offences == 1
    // Folders that are still to be made are none of those that are there.
    guard offences <= entries else {
      return isOne ? "1 entry is not there" : "\(grouped(offences)) entries differ or are not there"
    }
    return "\(grouped(offences)) of \(grouped(entries)) entries \(isOne ? "differs" : "differ")"
  }
}

/// `3401` as `3,401`.
package func grouped(_ number: Int) -> String {
  var text = ""
  for (index, digit) in String(number).reversed().enumerated() {
    if index > 0 && index % 3 == 0 && digit != "-" { text = "," + text }
    text = String(digit) + text
  }
  return text
}
