/// JSON in which everything outside of printable ASCII is escaped: servers' words may hold what moves a terminal's
/// cursor.
func plainASCII(_ json: String) -> String {
  guard json.utf8.contains(where: { $0 >= 0x7F }) else { return json }
  var result = ""
  for scalar in json.unicodeScalars {
    if scalar.value < 0x7F {
      result.unicodeScalars.append(scalar)
    } else {
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
  return result
}
