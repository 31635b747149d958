import Testing

@testable import RecipeDSL

private struct Files: ResourceGroup {
  let paths: [Path]
  var members: [any Resource] { paths.map { DropIn($0, "") } }
}

private struct Sample: Recipe {
  static let summary = "A sample"
  @Input("Whether") var isWanted = true

  var state: DesiredState {
    Section("First", why: "Because.") {
      DropIn("/etc/a", "")
      Files(paths: ["/etc/b", "/etc/c"])
      for name in ["d", "e"] { DropIn("/etc" / name, "") }
      if isWanted { DropIn("/etc/f", "") } else { DropIn("/etc/g", "") }
    }
    if isWanted {
      Section("Second") { DropIn("/etc/h", "") }
    }
  }
}

@Test("a recipe's sections and resources keep its order, and each knows its line")
func order() {
  let state = Sample().state
  #expect(state.sections.map(\.name) == ["First", "Second"])
  #expect(state.sections.map(\.why) == ["Because.", nil])
  let first = state.sections[0].declarations
  #expect(first.map(\.resource.address) == ["a", "b", "c", "d", "e", "f"].map { "file:/etc/\($0)" })
  #expect(first.map(\.source.line) == [16, 17, 17, 18, 18, 19])
  #expect(first[0].source.file == "RecipeDSLTests/SectionTests.swift")
}

@Test("a recipe is named after its type")
func names() {
  #expect(Sample.name == "sample")
  #expect(kebabCase("DjangoApache") == "django-apache")
  #expect(kebabCase("VPS") == "vps")
  #expect(kebabCase("TLSProxy") == "tls-proxy")
  #expect(kebabCase("sshPort") == "ssh-port")
  #expect(kebabCase("ssh-port") == "ssh-port")
}

@Test("the near miss is what was most likely meant")
func nearMisses() {
  let recipes = ["django-apache", "static-site", "vps"]
  #expect(nearMiss(to: "djnago-apache", in: recipes) == "django-apache")
  #expect(nearMiss(to: "django", in: recipes) == "django-apache")
  #expect(nearMiss(to: "vsp", in: recipes) == "vps")
  #expect(nearMiss(to: "wordpress", in: recipes) == nil)
  #expect(nearMiss(to: "x", in: recipes) == nil)
}
