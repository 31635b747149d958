import Testing

@testable import HostState

@Test("what differs in a tree is counted, one in the singular")
func treeReportWords() {
  func words(_ offences: Int, _ entries: Int) -> String { TreeReport(entries: entries, offences: offences).words }
  #expect(words(1, 9_155) == "1 of 9,155 entries differs")
  #expect(words(1_200, 9_155) == "1,200 of 9,155 entries differ")
  #expect(words(0, 1) == "0 of 1 entries differ")
  #expect(words(3, 2) == "3 entries differ or are not there")
  #expect(words(1, 0) == "1 entry is not there")
}
