import Testing

@testable import HostState

@Test(
  "a package that is not there whole brings its stock files; after a removal what lies on disk counts",
  arguments: [(nil, true), ("half-installed", true), ("unpacked", true), ("config-files", false)])
func installFold(status: String?, bringsFiles: Bool) throws {
  let package = Probe.package(name: "ufw")
  let state = status.map { Answer<Fact>.there(value: .package(PackageState(status: $0, version: ""))) } ?? .absent
  let paths = StockPackage.table["ufw"]?.entries.keys.sorted() ?? []
  let stock = try #require(paths.first)
  var observations = Observations([Inquiry(package): state, Inquiry(.file(path: stock)): .absent])
  observations.fold(Step(.install(packages: ["ufw"])))
  #expect(try observations.hasPackage("ufw"))
  #expect((observations.answer(.file(path: stock)) != .absent) == bringsFiles)
}
