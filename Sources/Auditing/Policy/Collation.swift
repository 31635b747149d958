/// The root collation of CLDR (UTS #10), as far as sources of a policy need it: what Latin-1 has but capitals.
enum Collation {
  /// Texts stand in the order of their keys, and only one text has a key.
  ///
  /// Characters by themselves come first, then their accents, then how they are set; control characters do not count.
  static func key(_ text: String) -> [UInt32] {
    var levels: (own: [UInt32], accents: [UInt32], settings: [UInt32]) = ([], [], [])
    for scalar in text.unicodeScalars {
      if (0x7F...0x9F).contains(scalar.value) && scalar.value != 0x85 || scalar.value == 0xAD { continue }
      let (letters, accent, setting) = compositions[scalar] ?? (String(scalar), 0, 0)
      for letter in letters.unicodeScalars {
        levels.own.append(weights[letter] ?? letter.value + 1000)
        levels.accents.append(1)
        levels.settings.append(1 + setting)
        if accent > 0 { levels.accents.append(1 + accent) }
      }
    }
    var key = levels.own
    for level in [levels.accents, levels.settings, text.unicodeScalars.map(\.value)] {
      key.append(0)
      key += level
    }
    return key
  }

  private static let weights: [Unicode.Scalar: UInt32] = {
    let order =
      "\u{85}_-,;:!\u{A1}?\u{BF}.\u{B7}'\"\u{AB}\u{BB}()[]{}\u{A7}\u{B6}@*/\\&#%`\u{B4}^\u{AF}\u{A8}\u{B8}"
      + "\u{B0}\u{A9}\u{AE}+\u{B1}\u{F7}\u{D7}<=>\u{AC}|\u{A6}~\u{2044}\u{A4}\u{A2}$\u{A3}\u{A5}"
      + "0123456789abcdefghijklmnopqrstuvwxyz\u{FE}\u{B5}"
    return Dictionary(
      uniqueKeysWithValues: order.unicodeScalars.enumerated().map { ($0.element, UInt32($0.offset) + 1) })
  }()

  /// What a character is made of: its letters, its accent, and how they are set.
  private static let compositions: [Unicode.Scalar: (letters: String, accent: UInt32, setting: UInt32)] = {
    var table: [Unicode.Scalar: (letters: String, accent: UInt32, setting: UInt32)] = [
      "\u{AA}": ("a", 0, 1), "\u{BA}": ("o", 0, 1), "\u{B9}": ("1", 0, 1), "\u{B2}": ("2", 0, 1),
      "\u{B3}": ("3", 0, 1), "\u{BC}": ("1\u{2044}4", 0, 1), "\u{BD}": ("1\u{2044}2", 0, 1),
      "\u{BE}": ("3\u{2044}4", 0, 1), "\u{DF}": ("ss", 0, 1), "\u{E6}": ("ae", 0, 1), "\u{E7}": ("c", 7, 0),
      "\u{F0}": ("d", 8, 0), "\u{F1}": ("n", 6, 0), "\u{F8}": ("o", 8, 0), "\u{FD}": ("y", 1, 0),
      "\u{FF}": ("y", 5, 0),
    ]
    // Acute, grave, circumflex, ring, diaeresis, tilde.
    let accented = [
      "a": "\u{E1}\u{E0}\u{E2}\u{E5}\u{E4}\u{E3}", "e": "\u{E9}\u{E8}\u{EA}\0\u{EB}",
      "i": "\u{ED}\u{EC}\u{EE}\0\u{EF}", "o": "\u{F3}\u{F2}\u{F4}\0\u{F6}\u{F5}",
      "u": "\u{FA}\u{F9}\u{FB}\0\u{FC}",
    ]
    for (letter, row) in accented {
      for (place, scalar) in row.unicodeScalars.enumerated() where scalar != "\0" {
        table[scalar] = (letter, UInt32(place) + 1, 0)
      }
    }
    return table
  }()
}
