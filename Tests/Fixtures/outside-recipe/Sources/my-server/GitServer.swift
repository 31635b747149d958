import RecipeDSL

/// A server for git over SSH, for a few people.
struct GitServer: Recipe {
  static let summary = "Git over SSH, and nothing else"

  @Input("Who may push and administer, and the keys that let them in") var administrators: [Administrator]

  var state: DesiredState {
    Section("People", why: "Each account can do its own job and nothing more.") {
      for administrator in administrators {
        User(administrator.name, role: .administrator, keys: administrator.keys)
      }
      User("root", role: .consoleOnly)
    }
    Section("Way in", why: "Most break-ins begin with a guessed password.") {
      SSHDaemon(rootLogin: .never, passwords: false)
      Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh(limit: true)])
    }
    Section("Services", why: "What does not run cannot be broken into.") {
      Packages("git")
      StoppedService("rpcbind")
    }
  }
}
