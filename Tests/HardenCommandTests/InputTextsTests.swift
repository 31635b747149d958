import Foundation
import HostState
import HostTesting
import RecipeDSL
import Testing

@testable import HardenCLI

private func faults(_ body: () throws(Failure) -> Void) -> [String] {
  do throws(Failure) {
    try body()
    return []
  } catch {
    return error.diagnostics.map { "\($0.summary): \($0.detail)" }
  }
}

/// Throws what is collected, where there is something.
private func collected<Value>(_ body: (inout [Diagnostic]) -> Value) throws(Failure) -> Value {
  var failures: [Diagnostic] = []
  let value = body(&failures)
  guard failures.isEmpty else { throw Failure(failures, code: .misused) }
  return value
}

private func parsed(_ settings: [String]) throws(Failure) -> [String: [String]] {
  try collected { InputTexts.parsed(settings, failures: &$0) }
}

private func parsed(valuesFile text: String, named name: String) throws(Failure) -> [String: [String]] {
  try collected { InputTexts.parsed(valuesFile: text, named: name, failures: &$0) }
}

private func readingFiles(
  _ texts: [String: [String]], home: String?, from directory: String?
) throws(Failure) -> [String: [String]] {
  try collected {
    InputTexts.readingFiles(texts, of: Sample.self, home: home, from: directory, failures: &$0)
  }
}

/// What is wrong with inputs that are read from files of a folder.
private func faults(reading texts: [String: [String]], from folder: borrowing Folder) -> [String] {
  let path = folder.path
  return faults { () throws(Failure) in _ = try readingFiles(texts, home: nil, from: path) }
}

private struct Sample: Recipe {
  static let summary = "A sample"
  @Input("Who may do everything") var administrators: [Administrator]
  @Input("A motto") var motto = ""
  @Input("Further ones") var mottos: [String] = []
  var state: DesiredState { Section("None") {} }
}

@Test("a setting may be repeated, be empty and hold equals signs")
func settings() throws {
  #expect(
    try parsed(["a=1", "a=2", "b=", "sshPort=x=y", " c = d "]) == [
      "a": ["1", "2"], "b": [""], "ssh-port": ["x=y"], "c": ["d"],
    ])
  #expect(
    faults { () throws(Failure) in _ = try parsed(["domain"]) } == [
      "Input not understood: “domain” is not of the form NAME=VALUE."
    ])
}

@Test("a values file has comments, blank lines and every fault named with its line")
func valuesFiles() throws {
  let text = "# a comment\n\nopen-ports = 25/tcp # mail\r\n  open-ports=53/udp\naliases =\n"
  #expect(
    try parsed(valuesFile: text, named: "x") == [
      "open-ports": ["25/tcp # mail", "53/udp"], "aliases": [""],
    ])
  // Of a file of another kind nothing is said again: /etc/shadow, for instance.
  let shadow = "root:$6$rounds=5000$abc:1::\nroot:$y$j9T$x::\n"
  #expect(
    faults { () throws(Failure) in _ = try parsed(valuesFile: shadow, named: "x") }
      == [1, 2].map { "Values file not understood: Line \($0) is not of the form NAME = VALUE." })
  do throws(Failure) {
    _ = try parsed(valuesFile: "a = 1\nwhat\n= 2\n", named: "x.values")
    Issue.record("it was read")
  } catch {
    #expect(error.code == .misused)
    #expect(error.diagnostics.map(\.source?.description) == ["x.values:2", "x.values:3"])
  }
}

@Test("a file stands for its lines, after a name as well")
func files() throws {
  let folder = try Folder()
  let (laptop, phone) = (SimulatedHost.keyLine(1, comment: "laptop"), SimulatedHost.keyLine(2, comment: "phone"))
  try folder.write("\u{FEFF}# mine\r\n\(laptop)\n\n\(phone)\n", to: "keys")
  let read = try readingFiles(
    ["administrators": ["deploy @keys", "ann @~/keys", "bob ssh-rsa CC x"], "mottos": ["@keys", "deploy @keys"]],
    home: folder.path, from: folder.path)
  #expect(
    read["administrators"] == [
      "deploy \(laptop)", "deploy \(phone)", "ann \(laptop)", "ann \(phone)", "bob ssh-rsa CC x",
    ])
  #expect(read["mottos"] == [laptop, phone, "deploy @keys"])
}

@Test("a private key is refused without a word of it being shown")
func privateKeys() throws {
  let folder = try Folder()
  try folder.write("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n", to: "id")
  try folder.write("\n", to: "empty")
  let path = folder.path
  let found = faults(
    reading: ["administrators": ["deploy @id", "deploy @nothing", "deploy @empty", "deploy @"], "mottos": ["@"]],
    from: folder)
  #expect(
    found == [
      "This is a private key: administrators is to be read from “\(path)/id”, which holds a private key. It must never "
        + "leave your machine, and nothing of it was used. The public half stands in the file that ends in .pub.",
      "File not found: administrators is to be read from “\(path)/nothing”, which is not there.",
      "File is empty: administrators is to be read from “\(path)/empty”, which says nothing.",
      "File name missing: administrators is to be read from a file, and after the @ stands no name of one.",
      "File name missing: mottos is to be read from a file, and after the @ stands no name of one.",
    ])
}

/// Begins of files that are often taken for a public key, each with a line that is nobody's business.
private let otherKinds: [(name: String, head: String, said: String)] = [
  ("ppk", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 2\n", "This is a PuTTY private key"),
  ("pkcs8", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "This is a private key"),
  ("age", "# created: today\nAGE-SECRET-KEY-1QQQ\n", "This is an age private key"),
  ("pgp", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "This is a PGP private key"),
  ("ssh2", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", "This is a private key of SSH.com’s form"),
  ("rfc4716", "---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\n", "Not a public key of OpenSSH"),
  ("pem", "-----BEGIN PUBLIC KEY-----\n", "Not a public key of OpenSSH"),
  ("rsa", "-----BEGIN RSA PUBLIC KEY-----\n", "Not a public key of OpenSSH"),
  ("pgp-public", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "Not a public key of OpenSSH"),
  ("crt", "-----BEGIN CERTIFICATE-----\n", "Not a public key of OpenSSH"),
  ("notes", "to do\nbuy milk\n", "Not a public key"),
]

@Test("a file of another kind is named by one error, and nothing of it is shown")
func otherKeyFiles() throws {
  let folder = try Folder()
  for (name, head, said) in otherKinds {
    try folder.write(head + "VEhJU0lTVEhFU0VDUkVU\nc2Vjb25k\n", to: name)
    for texts in [["administrators": ["deploy @\(name)"]], ["administrators": ["@\(name)"]], ["motto": ["@\(name)"]]] {
      // What is no key may still be a motto, or an administrator's whole line.
      if name == "notes" && texts["administrators"] != ["deploy @notes"] { continue }
      do throws(Failure) {
        _ = try readingFiles(texts, home: nil, from: folder.path)
        Issue.record("\(name) was read")
      } catch {
        #expect(error.diagnostics.map(\.summary) == [said])
        let words = "\(error.diagnostics)"
        #expect(!words.contains("VEhJU0") && !words.contains("c2Vjb25k") && !words.contains("milk"))
      }
    }
    guard name != "notes" else { continue }
    let found = faults { () throws(Failure) in
      _ = try parsed(valuesFile: head + "VEhJU0lTVEhFU0VDUkVU\n", named: name)
    }
    #expect(found.count == 1 && found.first?.hasPrefix(said) == true)
  }
}

@Test("of a file of keys the first line that is none is told by its number")
func lineOfKeyFile() throws {
  let folder = try Folder()
  try folder.write("# mine\n\(SimulatedHost.keyLine(1))\nssh-dss AAAA old\nsecret\n", to: "keys")
  let path = folder.path
  let found = faults(reading: ["administrators": ["deploy @keys"]], from: folder)
  #expect(
    found == [
      "Not a public key: administrators is to be read from “\(path)/keys”, and line 3 of it is no OpenSSH public key: "
        + "its first word is not a key type of OpenSSH. Nor is another line of it."
    ])
}

@Test("what a host remembers comes back as it was, readable by its owner alone")
func memory() throws {
  let folder = try Folder()
  let directory = folder.path + "/harden"
  #expect(try Memory.read(in: directory) == .nothing)
  let memory = Memory(recipe: "vps", inputs: ["open-ports": ["25/tcp # mail"], "aliases": []])
  let file = "\(directory)/recipe.json"
  func number() throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: file)[.systemFileNumber] as? Int
  }
  try memory.write(in: directory)
  let written = try number()
  try memory.write(in: directory)
  #expect(try number() == written)  // what is the same is not written again
  try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
  try memory.write(in: directory)
  #expect(try Memory.read(in: directory) == .remembered(memory))
  let attributes = try FileManager.default.attributesOfItem(atPath: file)
  #expect(attributes[.posixPermissions] as? Int == 0o600)
  #expect(try FileManager.default.attributesOfItem(atPath: directory)[.posixPermissions] as? Int == 0o700)
  #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["recipe.json"])
}

@Test("the state of a newer harden is refused, and a damaged one too")
func newerState() throws {
  let folder = try Folder()
  let path = folder.path
  func fault(_ text: String) throws -> String? {
    try folder.write(text, to: "recipe.json")
    return faults { () throws(Failure) in
      do throws(Diagnostic) { _ = try Memory.read(in: path) } catch { throw Failure(error) }
    }.first
  }
  #expect(
    try fault(#"{"format": 2, "whatever": true}"#)
      == "State of a newer harden: \(path)/recipe.json has format 2, and this harden knows formats up to 1. "
      + "A newer harden was here, and this one could misread what it left.")
  #expect(try fault("{")?.hasPrefix("State not readable: ") == true)
  #expect(try fault(#"{"format": 1}"#)?.hasPrefix("State not readable: ") == true)
}

@Test("what is wrong with a file that was named by mistake is told without a word of it")
func otherFile() throws {
  let folder = try Folder()
  try folder.write("root:$6$salt$hash:20228:0:99999:7:::\ndaemon:*:20228:0:99999:7:::\n", to: "shadow")
  try folder.write("\n\(SimulatedHost.keyLine(1))\n", to: "half")
  let path = folder.path
  let found = faults(
    reading: ["administrators": ["@shadow", "@half"], "motto": ["@shadow"]], from: folder)
  #expect(
    found == [
      "Input not understood: administrators is to be read from “\(path)/shadow”, and line 1 of it is not "
        + "\(Administrator.form.words). Nor is another line of it.",
      "Input not understood: administrators is to be read from “\(path)/half”, and line 2 of it is not "
        + "\(Administrator.form.words).",
      "Input given twice: motto takes one value, and “\(path)/shadow”, from which it is to be read, has 2 lines.",
    ])
}
