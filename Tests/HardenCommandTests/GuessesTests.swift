import HostState
import HostTesting
import RecipeDSL
import Testing

@testable import HardenCLI

private struct Sample: Recipe {
  static let summary = "A sample"
  @Input("The name visitors type") var domain: SiteName
  @Input("Other names of the site") var aliases: [SiteName] = []
  @Input("Who may do everything") var administrators: [Administrator]
  @Input("The port that sshd listens on") var sshPort: UInt16?
  @Input("Further ports to open") var openPorts: [FirewallRule] = []
  @Input("Where the project lies") var project: Path = "/srv/site"
  var state: DesiredState { Section("None") {} }
}

private func values(of host: SimulatedHost, remembering memory: Memory? = nil) throws -> String {
  ValuesFile.text(for: Sample.self, try Guesses(of: host, remembering: memory))
}

/// The lines that are in force.
private func given(_ text: String) throws -> [String: [String]] {
  var failures: [Diagnostic] = []
  let texts = InputTexts.parsed(valuesFile: text, named: "x", failures: &failures)
  if let first = failures.first { throw first }
  return texts
}

@Test("a values file explains every input and says where each guess comes from")
func wholeFile() throws {
  var host = SimulatedHost.debian(12)
  host.facts.hostName = "shop.example.com"
  host.authorize("root", lines: ["# mine", SimulatedHost.keyLine(7, comment: "laptop"), "command=\"x\" ssh-rsa AAAA"])
  host.listeners.append(Listener(transport: "tcp", address: "0.0.0.0", port: 5432, process: "postgres"))
  host.listeners.append(Listener(transport: "tcp", address: "127.0.0.1", port: 6379, process: "redis-server"))
  host.listeners.append(Listener(transport: "udp", address: "*", port: 5353, process: "avahi-daemon"))
  host.ufw = UFWFiles(
    enabled: true, ipv6: true, incoming: "deny", outgoing: "allow", routed: "deny",
    rules: [
      "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in", "limit tcp 5432 0.0.0.0/0 any 203.0.113.0/24 in comment=7878",
      "deny tcp 25 0.0.0.0/0 any 0.0.0.0/0 in", "allow any 53 0.0.0.0/0 any 0.0.0.0/0 in",
    ], rules6: ["allow any 53 ::/0 any ::/0 in"])
  #expect(
    try values(of: host) == """
      # Inputs of the recipe sample: A sample.
      #
      # NAME = VALUE on a line; a further line with the same NAME adds to a list. Lines that begin with # are comments.
      # Then look at what would change:
      #     harden plan sample --values FILE

      # The name visitors type.
      # A name as it stands in DNS.
      # The machine is called that.
      domain = shop.example.com

      # Other names of the site.
      # A name as it stands in DNS; a line for each. May be left out.
      # aliases = www.shop.example.com

      # Who may do everything.
      # NAME and a public key, or NAME @FILE; a line for each.
      # The keys in root's authorized_keys, for the account deploy.
      administrators = deploy \(SimulatedHost.keyLine(7, comment: "laptop"))

      # The port that sshd listens on.
      # A port, a whole number from 1 to 65535. May be left out.
      # sshd listens on 22 today.
      # ssh-port = 22

      # Further ports to open.
      # PORT[/tcp|/udp] or PORT-PORT/tcp|/udp, then [from ADDRESS] [limit] [# COMMENT]; a line for each. May
      # be left out.
      # ufw lets these in today. Something listens on what stands behind a # here; the firewall shuts it.
      # Take the # away from what others need.
      open-ports = 5432/tcp from 203.0.113.0/24 limit
      open-ports = 53
      # open-ports = 5353/udp # avahi-daemon

      # Where the project lies.
      # An absolute path. /srv/site if left out.
      # project = /srv/site

      """)
}

@Test("what was written can be read back and fills the recipe")
func readBack() throws {
  var host = SimulatedHost.debian(12)
  host.facts.hostName = "shop.example.com"
  let recipe = try Sample.filled(with: try given(try values(of: host))).get()
  #expect(recipe.domain.text == "shop.example.com")
  #expect(recipe.administrators.map(\.name) == ["deploy"])
}

@Test("administrators that are there already stay the administrators")
func administratorsOfToday() throws {
  var host = SimulatedHost.debian(13)
  host.addUser("ann", uid: 1000, groups: ["sudo"])
  host.addUser("bob", uid: 1001)
  host.authorize("ann", lines: [SimulatedHost.keyLine(3), SimulatedHost.keyLine(4)])
  host.authorize("bob", lines: [SimulatedHost.keyLine(5)])
  #expect(
    try given(try values(of: host))["administrators"]
      == ["ann \(SimulatedHost.keyLine(3))", "ann \(SimulatedHost.keyLine(4))"])
}

@Test("where nothing is known, nothing is guessed")
func noGuess() throws {
  var host = SimulatedHost.debian(12)
  host.authorize("root", lines: [])
  let text = try values(of: host)
  #expect(try given(text) == ["domain": [""], "administrators": []].filter { !$0.value.isEmpty })
  #expect(text.contains("\n# administrators = deploy @~/.ssh/id_ed25519.pub\n"))
}

@Test("an administrator whom a rule of sudo makes one goes before root's keys")
func administratorsByRule() throws {
  var host = SimulatedHost.debian(12)
  host.addUser("deploy", uid: 1000)
  host.authorize("deploy", lines: [SimulatedHost.keyLine(3)])
  host.authorize("root", lines: [SimulatedHost.keyLine(4)])
  host.entries["/etc/sudoers.d/99-harden-deploy"] = .file("deploy ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
  let text = try values(of: host)
  #expect(try given(text)["administrators"] == ["deploy \(SimulatedHost.keyLine(3))"])
  #expect(text.contains("\n# These have sudo and a key today.\n"))
}

@Test("what the host remembers of the recipe is the guess, and what was left out stays left out")
func rememberedGuess() throws {
  var host = SimulatedHost.debian(12)
  host.facts.hostName = "shop.example.com"
  host.authorize("root", lines: [SimulatedHost.keyLine(4)])
  host.ufw = UFWFiles(
    enabled: true, ipv6: true, incoming: "deny", outgoing: "allow", routed: "deny",
    rules: ["allow any 53 0.0.0.0/0 any 0.0.0.0/0 in"], rules6: [])
  let inputs = [
    "domain": ["example.com"], "aliases": [""], "administrators": ["ann \(SimulatedHost.keyLine(3))"],
    "project": ["/srv/shop"],
  ]
  let text = try values(of: host, remembering: Memory(recipe: "sample", inputs: inputs))
  #expect(try given(text) == inputs)
  #expect(text.contains("\n# This host remembers it so.\ndomain = example.com\n"))
  #expect(text.contains("\n# open-ports = 53\n"))
}

@Test("of another recipe's inputs those of the same name are the guess, the rest is what the host shows")
func rememberedGuessOfAnother() throws {
  var host = SimulatedHost.debian(12)
  host.authorize("root", lines: [SimulatedHost.keyLine(4)])
  host.ufw = UFWFiles(
    enabled: true, ipv6: true, incoming: "deny", outgoing: "allow", routed: "deny",
    rules: ["allow any 53 0.0.0.0/0 any 0.0.0.0/0 in"], rules6: [])
  let text = try values(
    of: host, remembering: Memory(recipe: "other", inputs: ["domain": ["example.com"], "colour": ["red"]]))
  #expect(
    try given(text) == [
      "domain": ["example.com"], "administrators": ["deploy \(SimulatedHost.keyLine(4))"], "open-ports": ["53"],
    ])
  #expect(text.contains("\n# So it was given for the recipe other.\ndomain = example.com\n"))
}

@Test("keys that could not be read are not said to be missing")
func unreadableKeys() throws {
  var host = SimulatedHost.debian(12)
  host.overrides[.contents(path: "/root/.ssh/authorized_keys")] = .unreadable(reason: "Permission denied")
  #expect(
    try values(of: host).contains("\n# Who has a key today could not be read. Put your own public key here.\n"))
}
