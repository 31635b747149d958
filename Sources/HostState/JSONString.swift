/// Strings as JSON text: only what RFC 8259 §7 demands is escaped.
///
/// Secrets files are compared as text, by the resource that declares a value and the prober that reads it, so both must
/// write a string alike.
package enum JSONString {
  package static func quoted(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\n": json += "\\n"
      case "\r": json += "\\r"
      case "\t": json += "\\t"
      case "\u{08}": json += "\\b"
      case "\u{0C}": json += "\\f"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}
