/// The MDN HTTP Observatory's grade of a site, by its own rules (mdn/mdn-http-observatory).
///
/// The same responses give the same score as the original, also where its rules are odd.
package struct Observatory: Sendable {
  /// The rules' version. 6 is that of August 2026; 5, of October 2025, has no tests of the opener and embedder policies.
  package enum Algorithm: Int, CaseIterable, Codable, Hashable, Sendable {
    case five = 5
    case six = 6

    package var tests: [ObservatoryTest] {
      self == .six
        ? ObservatoryTest.allCases
        : ObservatoryTest.allCases.filter {
          $0 != .crossOriginEmbedderPolicy && $0 != .crossOriginOpenerPolicy
        }
    }

    /// What a site can have at most.
    package var highestScore: Int { self == .six ? 165 : 145 }
  }

  package let algorithm: Algorithm
  let preloadList: PreloadList

  package init(_ algorithm: Algorithm = .six, preloadList: PreloadList = PreloadList()) {
    (self.algorithm, self.preloadList) = (algorithm, preloadList)
  }

  /// Why there is no grade.
  package enum Refusal: Error, Hashable, Codable, Sendable {
    /// Nothing answered.
    case siteDown
    /// The page's status is none that is graded.
    case unexpectedStatus(status: Int)
    /// A script's address is no URL, which ends the original's scan.
    case invalidScriptAddress(address: String)
  }

  package func grade(_ site: SiteResponses) throws(Refusal) -> Scorecard {
    guard let page = site.page else { throw .siteDown }
    guard page.isGraded else { throw .unexpectedStatus(status: page.status) }
    let known = Dictionary((site.preloaded ?? []).map { ($0.lowercased(), true) }) { first, _ in first }
    let list = known.isEmpty ? preloadList : preloadList.adding(known)
    let body = PageBody(page)
    let policy = PolicyJudgement(page: page, meta: body.metaPolicies, isSecure: site.isSecure)
    let hsts = Self.strictTransportSecurity(site, preloaded: list)
    var results: [TestResult] = []
    for test in algorithm.tests {
      switch test {
      case .contentSecurityPolicy: results.append(policy.result)
      case .cookies: results.append(Self.cookies(site, hasHSTS: hsts.passes))
      case .crossOriginResourceSharing: results.append(Self.resourceSharing(site.options))
      case .redirection: results.append(Self.redirection(site.http, preloaded: list))
      case .referrerPolicy: results.append(Self.referrerPolicy(page, meta: body.metaReferrer))
      case .strictTransportSecurity: results.append(hsts)
      case .subresourceIntegrity: results.append(try Self.subresourceIntegrity(site, page, body))
      case .xContentTypeOptions: results.append(Self.contentTypeOptions(page))
      case .xFrameOptions: results.append(Self.frameOptions(page, policy: policy.policy))
      case .crossOriginResourcePolicy: results.append(Self.resourcePolicy(page))
      case .crossOriginEmbedderPolicy: results.append(Self.embedderPolicy(page))
      case .crossOriginOpenerPolicy: results.append(Self.openerPolicy(page))
      }
    }
    return Scorecard(algorithm: algorithm, results: results)
  }
}

extension Exchange {
  /// Whether a page with this status has a grade.
  var isGraded: Bool { (200..<400).contains(status) || status == 401 || status == 403 }
}

/// A grade, and what it is made of.
package struct Scorecard: Hashable, Codable, Sendable {
  package let algorithm: Observatory.Algorithm
  package let score: Int
  package let grade: Grade
  /// 100 and what the tests take away. Below 90 no bonus counts.
  package let scoreWithoutBonuses: Int
  package let tests: [TestResult]

  init(algorithm: Observatory.Algorithm, results: [TestResult]) {
    let bonuses = results.map(\.modifier).filter { $0 > 0 }.reduce(0, +)
    let base = 100 + results.map(\.modifier).filter { $0 < 0 }.reduce(0, +)
    self.algorithm = algorithm
    scoreWithoutBonuses = base
    score = max(0, base >= 90 ? base + bonuses : base)
    grade = Grade(score: score)
    tests = results
  }

  package var bonusesCount: Bool { scoreWithoutBonuses >= 90 }
  package func result(_ test: ObservatoryTest) -> TestResult? { tests.first { $0.test == test } }
}
