import RecipeDSL

/// A server for git over SSH, for a few people.
struct GitServer: Recipe {
  static let summary = "Git over SSH, and nothing else"

  @Input("Where the repositories lie") var folder = "/srv/git"

  var state: DesiredState {
    Section("Repositories", why: "Members of git read and write, others do not even look.") {
      FileTree(Path(folder), owner: "root", group: "root", directories: 0o2770, files: 0o660)
    }
    Section("Services", why: "What does not run cannot be broken into.") {
      StoppedService("rpcbind")
    }
  }
}
