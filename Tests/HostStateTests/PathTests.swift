import HostState
import Testing

@Test("a path has no repeated or trailing slashes") func slashes() {
  #expect(Path("//etc///ssh/").text == "/etc/ssh")
  #expect(Path("/").parent == "/")
  #expect(Path("/etc").parent == "/")
}

@Test("a sibling with a longer name is not within") func siblings() {
  #expect(!Path("/srv2").isWithin("/srv"))
  #expect(Path("/srv/a").isWithin("/srv"))
  #expect(Path("/srv").isWithin("/srv"))
}
