import Testing

@testable import Auditing

@Suite("Pages that are made to take long")
struct BoundedTests {
  enum Trick: CaseIterable {
    case attributes, ends, forms, scripts, images, labels

    /// Some hundred KB. What is compared with all that came before it takes minutes.
    var body: String {
      func all(_ item: (Int) -> String) -> String { (0..<20_000).map(item).joined() }
      switch self {
      case .attributes: return "<script " + all { "a\($0)=1 " } + "></script>"
      case .ends: return all { _ in "<b>" } + all { _ in "</i>" }
      case .forms: return all { _ in "<b>" } + all { _ in "<form>" }
      case .scripts: return all { "<script src=https://e.test/a\($0)></script>" }
      case .images: return all { "<img src=https://e\($0).test/a/b\($0)>" }
      case .labels: return "<script src=https://" + all { _ in "a." } + "test></script>"
      }
    }
  }

  @Test("are looked at all the same", .timeLimit(.minutes(5)), arguments: Trick.allCases)
  func pages(_ trick: Trick) throws {
    let site = site(body: trick.body)
    _ = try Observatory().grade(site)
    let material = AuditMaterial(target: SiteTarget(host: "example.test"), sites: [site])
    #expect(material.filesWanted().count <= 16 && material.probesWanted().count < 12)
    #expect(!material.findings().isEmpty)
  }
}
