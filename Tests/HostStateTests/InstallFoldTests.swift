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

@Test(
  "a module's package makes moot what Apache says of all its files, not what it says of those without the module",
  arguments: ["libapache2-mod-wsgi-py3", "ssl-cert"])
func moduleFold(package: String) {
  let command = Command("/usr/sbin/apachectl", ["-t"])
  let all = Probe.output(question: Question(command, reads: ["/etc/apache2"], package: "apache2"))
  let own = Probe.output(
    question: Question(command, reads: ["/etc/apache2/conf-enabled/zz-harden.conf"], package: "apache2"))
  let answer = Answer<Fact>.there(value: .output(CommandResult(status: 0, output: "")))
  var observations = Observations([Inquiry(all): answer])
  observations.fold(Step(.install(packages: [package])))
  #expect(observations.answer(all) == .moved)
  #expect(observations.answer(own) == nil)
}
