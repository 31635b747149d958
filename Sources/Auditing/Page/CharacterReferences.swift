/// Character references in attribute values: all numeric ones, and the named ones that stand for ASCII, which is what
/// URLs and policies are made of.
enum CharacterReferences {
  static func decoded(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      if scalars[index] == "&", let (scalar, length) = reference(scalars[index...]) {
        result.append(scalar)
        index += length
      } else {
        result.append(scalars[index])
        index += 1
      }
    }
    return String(result)
  }

  /// What the reference at the beginning stands for, and how long it is.
  private static func reference(_ text: ArraySlice<Unicode.Scalar>) -> (Unicode.Scalar, Int)? {
    let rest = text.dropFirst()
    if rest.first == "#" { return number(rest.dropFirst()) }
    let name = String(String.UnicodeScalarView(rest.prefix { $0.isLetter || $0.isDigit }))
    let after = rest.dropFirst(name.unicodeScalars.count).first
    if after == ";" { return named[name].map { ($0, name.unicodeScalars.count + 2) } }
    // Without a semicolon only some, and in attributes not before what could go on a name.
    guard let scalar = named[name], withoutSemicolon.contains(name), after != "=" else { return nil }
    return (scalar, name.unicodeScalars.count + 1)
  }

  private static func number(_ text: ArraySlice<Unicode.Scalar>) -> (Unicode.Scalar, Int)? {
    let isHex = text.first == "x" || text.first == "X"
    let digits = text.dropFirst(isHex ? 1 : 0).prefix { isHex ? $0.isHexDigit : $0.isDigit }
    guard !digits.isEmpty else { return nil }
    let value = UInt32(String(String.UnicodeScalarView(digits)), radix: isHex ? 16 : 10) ?? .max
    let scalar = value == 0 ? nil : Unicode.Scalar(value)
    let hasSemicolon = text.dropFirst((isHex ? 1 : 0) + digits.count).first == ";"
    return (scalar ?? "\u{FFFD}", 2 + (isHex ? 1 : 0) + digits.count + (hasSemicolon ? 1 : 0))
  }

  private static let withoutSemicolon: Set<String> = ["amp", "AMP", "lt", "LT", "gt", "GT", "quot", "QUOT", "nbsp"]

  private static let named: [String: Unicode.Scalar] = [
    "Tab": "\t", "NewLine": "\n", "excl": "!", "quot": "\"", "QUOT": "\"", "num": "#", "dollar": "$", "percnt": "%",
    "amp": "&", "AMP": "&", "apos": "'", "lpar": "(", "rpar": ")", "ast": "*", "midast": "*", "plus": "+",
    "comma": ",", "period": ".", "sol": "/", "colon": ":", "semi": ";", "lt": "<", "LT": "<", "equals": "=", "gt": ">",
    "GT": ">", "quest": "?", "commat": "@", "lsqb": "[", "lbrack": "[", "bsol": "\\", "rsqb": "]", "rbrack": "]",
    "Hat": "^", "lowbar": "_", "UnderBar": "_", "grave": "`", "lcub": "{", "lbrace": "{", "verbar": "|", "vert": "|",
    "VerticalLine": "|", "rcub": "}", "rbrace": "}", "nbsp": "\u{A0}",
  ]
}
