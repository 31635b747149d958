import HostState
import Testing

@Test func `a path has no repeated or trailing slashes`() {
  #expect(Path("//etc///ssh/").text == "/etc/ssh")
  #expect(Path("/").parent == "/")
  #expect(Path("/etc").parent == "/")
}

@Test func `a sibling with a longer name is not within`() {
  #expect(!Path("/srv2").isWithin("/srv"))
  #expect(Path("/srv/a").isWithin("/srv"))
  #expect(Path("/srv").isWithin("/srv"))
}
