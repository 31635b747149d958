import Testing

@testable import RecipeDSL

let laptop = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPd5HdklAVdtNBPEz9+UPrFbFrLEbiAVLNWIdWxw37Qa you@laptop"
let phone = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKGYL2lOfcuw7s3DnVhK8vGsVuUJDHJfXQ5uM4db5DOl phone"

/// Every shape of input there is.
struct Everything: Recipe {
  static let summary = "Every shape of input there is"
  @Input("The name visitors type") var domain: SiteName
  @Input("Other names") var aliases: [SiteName] = []
  @Input("Who may do everything") var administrators: [Administrator]
  @Input("Where sshd listens") var sshPort: UInt16?
  @Input("Further ports") var openPorts: [FirewallRule] = []
  @Input("What it is called") var hostName: MachineName?
  @Input("Where it stands") var timeZone: TimeZoneName?
  @Input("Who is written to") var email: MailAddress?
  @Input("Where it lies") var project: Path = "/srv/site"
  @Input("Whether") var isPublic = true
  @Input("How long") var seconds = 300
  @Input("What is said") var motto = "none"
  @Input("One more key") var key: PublicKey?
  @Input("Of three") var mode = Mode.enforced
  @Input("Where it writes") var folders: [FolderName] = []
  var state: DesiredState { Section("None") {} }
}

enum Mode: String, InputChoice { case enforced, reportOnly = "report-only", off }

private let needed = ["domain": ["example.com"], "administrators": ["deploy \(laptop)"]]

private func fill(_ given: [String: [String]]) throws -> Everything {
  try Everything.filled(with: needed.merging(given) { _, new in new }).get()
}

/// What is wrong with one input, as its detail says it; nil when nothing is.
private func fault(_ name: String, _ texts: [String]) -> String? {
  guard case .failure(let failures) = Everything.filled(with: needed.merging([name: texts]) { _, new in new }) else {
    return nil
  }
  return failures.all.map(\.detail).joined(separator: "\n")
}

@Test("inputs that are left out keep the recipe's defaults")
func defaults() throws {
  let recipe = try fill([:])
  #expect(recipe.domain.text == "example.com")
  #expect(recipe.aliases.isEmpty)
  #expect(recipe.sshPort == nil)
  #expect(recipe.isPublic)
  #expect(recipe.seconds == 300)
  #expect(recipe.project == "/srv/site")
}

@Test("inputs are read in every spelling")
func spellings() throws {
  let recipe = try fill([
    "domain": ["Example.COM"], "aliases": ["www.example.com, m.example.com", "shop.example.com"],
    "ssh-port": ["2222"], "is-public": ["no"], "seconds": ["0"], "time-zone": ["America/Argentina/Buenos_Aires"],
    "hostName": ["box"], "motto": ["none, or: #1"], "email": ["a@example.com"], "key": [phone], "mode": ["Report-Only"],
    "folders": ["media, var/log/"],
  ])
  #expect(recipe.domain.text == "example.com")
  #expect(recipe.aliases.map(\.text) == ["www.example.com", "m.example.com", "shop.example.com"])
  #expect(recipe.sshPort == 2222)
  #expect(!recipe.isPublic)
  #expect(recipe.seconds == 0)
  #expect(recipe.timeZone?.text == "America/Argentina/Buenos_Aires")
  #expect(recipe.hostName?.text == "box")
  #expect(recipe.motto == "none, or: #1")
  #expect(recipe.key?.comment == "phone")
  #expect(recipe.mode == .reportOnly)
  #expect(recipe.folders.texts == ["media", "var/log"])
}

@Test("an empty text empties a list and takes an optional value back")
func emptied() throws {
  let recipe = try fill(["aliases": [""], "ssh-port": [""]])
  #expect(recipe.aliases.isEmpty)
  #expect(recipe.sshPort == nil)
}

@Test("one administrator's keys come in several lines")
func severalKeys() throws {
  let recipe = try fill(["administrators": ["deploy \(laptop)", "ann \(phone)", "deploy \(phone)", "deploy \(laptop)"]])
  #expect(recipe.administrators.map(\.name) == ["deploy", "ann"])
  #expect(recipe.administrators[0].keys.map(\.comment) == ["you@laptop", "phone"])
}

@Test("a port may have a comment behind a #")
func ports() throws {
  let recipe = try fill(["open-ports": ["5432/tcp from 203.0.113.0/24 limit # reporting", "53"]])
  #expect(recipe.openPorts.texts == ["5432/tcp from 203.0.113.0/24 limit comment reporting", "53"])
}

@Test(
  "what is wrong is said in a sentence",
  arguments: [
    ("domain", ["https://example.com/x"], "leave out everything but the name, “example.com”"),
    ("domain", ["example"], "it has no dot in it"),
    ("domain", ["exa_mple.com"], "“_” cannot stand in it"),
    ("domain", ["bücher.example"], "give it in its xn-- form"),
    ("domain", ["192.0.2.1"], "it is an address"),
    ("domain", ["a..example"], "a dot has nothing beside it"),
    ("domain", ["-a.example"], "a part begins or ends in a hyphen"),
  ])
func malformedNames(_ name: String, _ texts: [String], _ reason: String) {
  #expect(fault(name, texts) == "\(name): “\(texts[0])” is not a name as it stands in DNS: \(reason).")
}

@Test(
  "what is wrong is said in a sentence, whatever the type",
  arguments: [
    ("domain", "", "domain: It is empty, and must be a name as it stands in DNS."),
    ("ssh-port", "70000", "ssh-port: “70000” is not a port, a whole number from 1 to 65535."),
    ("ssh-port", "0", "ssh-port: “0” is not a port, a whole number from 1 to 65535."),
    ("ssh-port", "+22", "ssh-port: “+22” is not a port, a whole number from 1 to 65535."),
    ("seconds", "5m", "seconds: “5m” is not a whole number."),
    ("is-public", "maybe", "is-public: “maybe” is not yes or no."),
    ("mode", "enforce", "mode: “enforce” is not enforced, report-only or off: was enforced meant."),
    ("mode", "x", "mode: “x” is not enforced, report-only or off."),
    (
      "folders", "media,/etc",
      "folders: “/etc” is not a folder, relative to the one it is in: it begins with a slash."
    ),
    (
      "folders", "a/../..",
      "folders: “a/../..” is not a folder, relative to the one it is in: it holds “.” or “..”."
    ),
    ("project", "srv", "project: “srv” is not an absolute path."),
    ("project", "/srv/../etc", "project: “/srv/../etc” is not an absolute path: it holds “..”."),
    ("time-zone", "Europe//Berlin", "time-zone: “Europe//Berlin” is not a time zone of tzdata."),
    ("email", "ann", "email: “ann” is not a mail address."),
    (
      "email", "ann@example.com   # mine",
      "email: “ann@example.com   # mine” is not a mail address. A comment needs a line of its own, which begins with #."
    ),
    ("host-name", "my box", "host-name: “my box” is not a host name: “ ” cannot stand in it."),
    ("motto", "a\u{1B}[2J", "motto: “a?[2J” is not a line of text: it holds a control character."),
    (
      "administrators", "",
      "administrators: It is empty, and must be NAME and a public key, or NAME @FILE."
    ),
    (
      "administrators", "deploy",
      "administrators: “deploy” is not NAME and a public key, or NAME @FILE: the key is missing."
    ),
    (
      "administrators", "ssh-ed25519 AAAA",
      "administrators: “ssh-ed25519 AAAA” is not NAME and a public key, or NAME @FILE: "
        + "the account's name is missing in front of the key."
    ),
    (
      "administrators", "root ssh-ed25519 AAAA",
      "administrators: “root” is not a name for an administrator: that account stays for the console."
    ),
    (
      "administrators", "Ann ssh-ed25519 AAAA",
      "administrators: “Ann” is not a name for an administrator: it must begin with a lower-case letter."
    ),
    (
      "open-ports", "5432-5400/tcp",
      "open-ports: “5432-5400/tcp” cannot be read: “5432-5400” runs backwards; the lower port comes first."
    ),
    ("open-ports", "x/tcp", "open-ports: “x/tcp” cannot be read: “x” is not a port from 1 to 65535."),
    (
      "open-ports", "25/tcp from 10.0.0.0/33",
      "open-ports: “25/tcp from 10.0.0.0/33” cannot be read: “10.0.0.0/33” is neither an address nor a block."
    ),
    (
      "open-ports", "80-90",
      "open-ports: “80-90” is not PORT[/tcp|/udp] or PORT-PORT/tcp|/udp, then [from ADDRESS] [limit] [# COMMENT]: "
        + "a range of ports needs /tcp or /udp behind it."
    ),
    (
      "open-ports", "80 # Ann's",
      "open-ports: “80 # Ann's” is not PORT[/tcp|/udp] or PORT-PORT/tcp|/udp, then [from ADDRESS] [limit] "
        + "[# COMMENT]: ufw takes no comment with a single quote or a line break."
    ),
    (
      "open-ports", "80 from 1.2.3.4 from 5.6.7.8",
      "open-ports: “80 from 1.2.3.4 from 5.6.7.8” cannot be read: “from” stands in it twice; give each address a "
        + "line of its own."
    ),
    (
      "open-ports", "25/tcp to 10.0.0.1",
      "open-ports: “25/tcp to 10.0.0.1” cannot be read: “to” is none of from, limit, comment."
    ),
    (
      "key", "-----BEGIN OPENSSH PRIVATE KEY-----",
      "key: This is a private key. It must never leave your machine: give the file that ends in .pub."
    ),
  ])
func malformed(_ name: String, _ text: String, _ sentence: String) {
  #expect(fault(name, [text]) == sentence)
}

@Test("one value too many is named")
func tooMany() {
  #expect(fault("ssh-port", ["22", "2222"]) == "It takes one value, but has 2: “22”, “2222”.".prefixed("ssh-port"))
  let many = fault("ssh-port", (1...64_286).map(String.init))
  #expect(many == "It takes one value, but has 64286: “1”, “2”, “3”, “4”, “5”, …".prefixed("ssh-port"))
  #expect(fault("ssh-port", ["22", "22"]) == nil)
}

@Test("everything that is wrong comes at once, in the order of the recipe, strangers first")
func allAtOnce() {
  let result = Everything.filled(with: ["ailases": ["x.example"], "ssh-port": ["x"], "open-ports": ["x", "y"]])
  guard case .failure(let failures) = result else {
    Issue.record("it was filled")
    return
  }
  #expect(
    failures.all.map { "\($0.summary) | \($0.fix ?? "")" } == [
      "Unknown input | harden show everything",
      "Missing input | --set domain=example.com",
      "Missing input | --set administrators='deploy ssh-ed25519 AAAA… you@laptop'",
      "Input not understood | --set ssh-port=2222",
      "Not a firewall rule | Write it as in: 5432/tcp from 203.0.113.0/24",
      "Not a firewall rule | Write it as in: 5432/tcp from 203.0.113.0/24",
    ])
  #expect(failures.all[0].detail == "The recipe everything has no input “ailases”. Did you mean aliases?")
  #expect(failures.all[1].detail == "The recipe everything needs domain: The name visitors type.")
}

@Test("an input says of itself what help prints")
func descriptions() {
  let inputs = Everything.inputs
  #expect(inputs.map(\.name).prefix(4) == ["domain", "aliases", "administrators", "ssh-port"])
  #expect(inputs.map(\.isRequired).prefix(4) == [true, false, true, false])
  #expect(inputs.map(\.defaultTexts).prefix(4) == [nil, [], nil, []])
  #expect(inputs.last { $0.name == "seconds" }?.defaultTexts == ["300"])
}

@Test("a stored property that is no input is named")
func strayProperty() {
  struct Stray: Recipe {
    static let summary = ""
    var count = 3
    var state: DesiredState { Section("None") {} }
  }
  guard case .failure(let failures) = Stray.filled(with: [:]) else {
    Issue.record("it was filled")
    return
  }
  #expect(failures.all.map(\.summary) == ["Recipe not understood"])
}

extension String {
  fileprivate func prefixed(_ name: String) -> String { "\(name): \(self)" }
}
