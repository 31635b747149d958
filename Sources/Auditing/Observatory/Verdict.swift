/// What one of the Observatory's tests found: its name, what it is worth, and whether the test counts as passed.
///
/// Names and numbers are those of mdn/mdn-http-observatory.
package struct Verdict: Hashable, Codable, Sendable {
  package let name: String
  /// Added to the score; negative where it costs.
  package let modifier: Int
  package let passes: Bool

  /// Passed.
  static func pass(_ name: String, _ modifier: Int = 0) -> Verdict {
    Verdict(name: name, modifier: modifier, passes: true)
  }
  static func fail(_ name: String, _ modifier: Int) -> Verdict {
    Verdict(name: name, modifier: modifier, passes: false)
  }
}

/// The Observatory's tests, in the order they are shown.
package enum ObservatoryTest: String, CaseIterable, Codable, Hashable, Sendable {
  case contentSecurityPolicy = "content-security-policy"
  case cookies
  case crossOriginResourceSharing = "cross-origin-resource-sharing"
  case redirection
  case referrerPolicy = "referrer-policy"
  case strictTransportSecurity = "strict-transport-security"
  case subresourceIntegrity = "subresource-integrity"
  case xContentTypeOptions = "x-content-type-options"
  case xFrameOptions = "x-frame-options"
  case crossOriginResourcePolicy = "cross-origin-resource-policy"
  case crossOriginEmbedderPolicy = "cross-origin-embedder-policy"
  case crossOriginOpenerPolicy = "cross-origin-opener-policy"
}

/// One test's outcome.
package struct TestResult: Hashable, Codable, Sendable {
  package let test: ObservatoryTest
  package let result: String
  package let modifier: Int
  package let passes: Bool
  /// The result in words.
  package let meaning: String
  /// Why it matters, and what mends it: a recipe's line, mostly. Nil where nothing is wrong.
  package let why: String?
  package let fix: String?
  /// What the verdict rests on: a header's value, a cookie's name, a script's address.
  package let evidence: [String]

  init(_ test: ObservatoryTest, _ verdict: Verdict, evidence: [String] = []) {
    (self.test, result, modifier, passes) = (test, verdict.name, verdict.modifier, verdict.passes)
    let advice = Advice.on(verdict)
    (meaning, why, fix) = (advice.meaning, advice.why, advice.fix)
    self.evidence = evidence
  }
}

/// The grades, worst first.
package enum Grade: String, CaseIterable, Codable, Hashable, Sendable, Comparable {
  case f = "F"
  case dMinus = "D-"
  case d = "D"
  case dPlus = "D+"
  case cMinus = "C-"
  case c = "C"
  case cPlus = "C+"
  case bMinus = "B-"
  case b = "B"
  case bPlus = "B+"
  case aMinus = "A-"
  case a = "A"
  case aPlus = "A+"

  /// That of a score.
  init(score: Int) {
    self =
      switch score {
      case 100...: .aPlus
      case 90...: .a
      case 85...: .aMinus
      case 80...: .bPlus
      case 70...: .b
      case 65...: .bMinus
      case 60...: .cPlus
      case 50...: .c
      case 45...: .cMinus
      case 40...: .dPlus
      case 30...: .d
      case 25...: .dMinus
      default: .f
      }
  }

  package static func < (left: Grade, right: Grade) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}
