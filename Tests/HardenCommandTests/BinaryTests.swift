import Foundation
import Testing

@testable import HardenCLI

private let administrator =
  "administrators=deploy ssh-ed25519 "
  + "AAAAC3NzaC1lZDI1NTE5AAAAIPd5HdklAVdtNBPEz9+UPrFbFrLEbiAVLNWIdWxw37Qa you@laptop"

@Test("help and version are results, misuse is not")
func streams() throws {
  let help = try Binary.run("--help")
  #expect(help.status == 0)
  #expect(help.output == Help.tool(Tool.verbs))
  #expect(help.errors.isEmpty)

  let nothing = try Binary.run()
  #expect(nothing.status == 64)
  #expect(nothing.output.isEmpty)
  #expect(nothing.errors == Help.tool(Tool.verbs))

  let version = try Binary.run("--version")
  #expect(version.status == 0)
  #expect(version.output == "harden \(HardenTool.version)\n")
  #expect(version.errors.isEmpty)

  for verb in Tool.verbs {
    let first = try Binary.run(["help"] + verb.words)
    let second = try Binary.run(verb.words + ["--help"])
    #expect(first.status == 0)
    #expect(first.output == Help.verb(verb))
    #expect(second.output == Help.verb(verb))
  }
}

@Test("half of a verb knows the help of the whole")
func halfVerb() throws {
  #expect(try Binary.run(["secret", "--help"]).output == Binary.run(["secret", "set", "--help"]).output)
  #expect(try Binary.run("secret").status == 64)
}

@Test("an unknown verb is answered with what was meant")
func unknownVerb() throws {
  let result = try Binary.run("paln")
  #expect(result.status == 64)
  #expect(result.output.isEmpty)
  #expect(
    result.errors == """
      error: Unknown verb

        harden has no verb “paln”. Did you mean plan?

            harden --help

      """)
}

@Test("an unknown recipe is answered with what was meant")
func unknownRecipe() throws {
  let result = try Binary.run("plan", "vsp", "--recorded", "debian-12")
  #expect(result.status == 64)
  #expect(result.output.isEmpty)
  #expect(
    result.errors == """
      error: Unknown recipe

        There is no recipe “vsp”. Did you mean vps?

            harden recipes

      """)
}

@Test("all that is wrong with the inputs comes at once")
func wrongInputs() throws {
  let result = try Binary.run("plan", "vps", "--recorded", "debian-12", "--set", "ssh-port=x", "--set", "prot=1")
  #expect(result.status == 64)
  #expect(result.output.isEmpty)
  #expect(
    result.errors == """
      error: Unknown input

        The recipe vps has no input “prot”. It takes administrators, ssh-port, open-ports, host-name,
        time-zone.

            harden show vps

      error: Missing input

        The recipe vps needs administrators: Who may do everything, and the keys that let them in.

            --set administrators='deploy ssh-ed25519 AAAA… you@laptop'

      error: Input not understood

        ssh-port: “x” is not a port, a whole number from 1 to 65535.

            --set ssh-port=2222

      3 errors.

      """)
}

@Test("an invalid key is refused with the reason")
func invalidKey() throws {
  let result = try Binary.run(
    "plan", "vps", "--recorded", "debian-12", "--set", "administrators=deploy ssh-ed25519 AAAA you@laptop")
  #expect(result.status == 64)
  #expect(
    result.errors == """
      error: Not a public key

        administrators: “ssh-ed25519 AAAA you@laptop…” is not an OpenSSH public key: the key inside is not
        of type ssh-ed25519.

            cat ~/.ssh/id_ed25519.pub

      """)
}

@Test("what is no run is a misuse, whoever asks", arguments: ["x", "0", "1.5", ""])
func noRun(_ word: String) throws {
  let result = try Binary.run("undo", word)
  #expect(result.status == 64)
  #expect(result.errors.hasPrefix("error: Not a run\n"))
}

@Test("what is no DNS server is a misuse, before anything is asked", arguments: ["", "#53", "192.0.2.53#x"])
func noNameServer(_ word: String) throws {
  let result = try Binary.run("audit", "https://www.harden.invalid/", "--resolver", word)
  #expect(result.status == 64)
  #expect(result.errors.hasPrefix("error: Not a DNS server\n"))
}

@Test("JSON goes to standard output alone, and is whole")
func json() throws {
  let result = try Binary.run("recipes", "--json")
  #expect(result.status == 0)
  #expect(result.errors.isEmpty)
  #expect(result.output.hasPrefix("[\n"))
  #expect(result.output.hasSuffix("]\n"))
}

@Test("a file of values is never overwritten unless asked")
func initialise() throws {
  let folder = try Folder()
  let first = try Binary.run("init", "vps", "--recorded", "debian-12", directory: folder.path)
  #expect(first.status == 0)
  #expect(first.output == "vps.values\n")
  let second = try Binary.run("init", "vps", "--recorded", "debian-12", directory: folder.path)
  #expect(second.status == 1)
  #expect(second.output.isEmpty)
  #expect(
    second.errors == """
      error: File already there

        “vps.values” is there already, and was left as it is.

        Add --force to write it anew, or --out FILE to write another one.

      """)
  #expect(try Binary.run("init", "vps", "--recorded", "debian-12", "--force", directory: folder.path).status == 0)
  let plan = try Binary.run(
    "plan", "vps", "--recorded", "debian-12", "--values", "vps.values", "--exit-code", directory: folder.path)
  #expect(plan.errors.isEmpty)
  #expect(plan.status == 2)
}

@Test("what differs is told by the exit code only when asked, by verify always")
func exitCodes() throws {
  let arguments = ["vps", "--recorded", "debian-12", "--set", administrator]
  #expect(try Binary.run(["plan"] + arguments).status == 0)
  #expect(try Binary.run(["plan"] + arguments + ["--exit-code"]).status == 2)
  #expect(try Binary.run(["verify"] + arguments).status == 2)
}

@Test("without root the host is neither changed nor half read, and the way on is named")
func notRoot() throws {
  let folder = try Folder()
  let copy = try Binary.copy(in: folder)
  for words in [
    ["apply", "vps", "--set", "open-ports=53 # DNS", "--yes"], ["undo", "--yes"], ["secret", "set", "DB_PASSWORD"],
  ] {
    let result = try Binary.run(words, asNobody: copy, input: "hunter2\n")
    let verb = words.prefix(words[0] == "secret" ? 2 : 1).joined(separator: " ")
    let again = words.joined(separator: " ").replacing("open-ports=53 # DNS", with: "'open-ports=53 # DNS'")
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(
      result.errors == """
        error: Not root

          harden \(verb) changes the host, which root alone may do. Nothing was changed.

              sudo harden \(again)

        """)
  }
}

@Test("a plan that could not be saved is not made first, and why is said")
func notSavable() throws {
  let folder = try Folder()
  let copy = try Binary.copy(in: folder)
  let result = try Binary.run(["plan", "vps", "--set", "ssh-port=22", "--out", "x.plan"], asNobody: copy)
  #expect(result.status == 1)
  #expect(result.output.isEmpty)
  #expect(
    result.errors == """
      error: Not root

        A saved plan rests on what only root can read, and is sealed with the host's key. Nothing was
        saved.

            sudo harden plan vps --set ssh-port=22 --out x.plan

      """)
  let output = try Binary.run(["plan", "vps", "--out", "-"], asNobody: copy)
  #expect(output.status == 64 && output.errors.hasPrefix("error: Not a file\n"))
}

@Test("a pipe is no saved plan, and is not waited for", .enabled(if: getuid() == 0))
func planFromPipe() throws {
  let folder = try Folder()
  #expect(mkfifo(folder.path + "/plan", 0o600) == 0)
  let result = try Binary.run("apply", folder.path + "/plan")
  #expect(result.status == 64 && result.errors.hasPrefix("error: Not a saved plan\n"))
}

@Test("an apply on a recorded host is played, says so, and comes out settled", arguments: ["debian-12", "debian-13"])
func played(_ release: String) throws {
  let result = try Binary.run(["apply", "vps", "--recorded", release, "--set", administrator])
  #expect(result.status == 0)
  #expect(result.errors == "A recorded host: what follows is played, and nothing real is read or changed.\n\n")
  #expect(result.output.contains("\nNothing to do: box is as vps wants it"))
}

@Test("an address that is said is one, and heads the plan")
func statedAddress() throws {
  for text in ["zzz", "", "300.1.1.1", "203.0.113.0/24"] {
    for verb in [["plan", "vps", "--recorded", "debian-12", "--set", administrator], ["why", "sshd.PermitRootLogin"]] {
      let result = try Binary.run(verb + ["--from", text])
      #expect(result.status == 64 && result.output.isEmpty)
      #expect(result.errors.contains("Not an address") && result.errors.contains("“\(text)”"))
    }
  }
  let user = try Binary.run("why", "sshd.PermitRootLogin", "--user", "")
  #expect(user.status == 64 && user.errors.contains("Not an account"))
  let plan = try Binary.run(
    "plan", "vps", "--recorded", "debian-12", "--set", administrator, "--from", "203.0.113.7")
  #expect(plan.status == 0)
  #expect(plan.output.lines.first?.hasSuffix("as root from 203.0.113.7 (--from)") == true)
}

@Test("an apply on a recorded host prints JSON where it is asked for, and nothing else")
func playedJSON() throws {
  let result = try Binary.run(
    "apply", "vps", "--recorded", "debian-12", "--set", administrator, "--yes", "--json")
  #expect(result.status == 0)
  let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
  #expect(Set((object ?? [:]).keys) == ["plan", "again"])
}

@Test("too few open files are said, and a low limit that may be raised is")
func openFiles() throws {
  func limited(_ limits: String) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "ulimit \(limits); exec \"$0\" recipes", try Binary.path]
    let errors = Pipe()
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
    try process.run()
    let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
  let few = try limited("-n 24")
  #expect(few.status == 1 && few.errors.contains("Too few open files"))
  #expect(try limited("-Sn 24").status == 0)
}

@Test("a result that goes nowhere is no success", arguments: [">&-", ">/dev/full"])
func lostResult(_ redirection: String) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/bin/bash")
  process.arguments = ["-c", "\"$0\" recipes \(redirection)", try Binary.path]
  let errors = Pipe()
  process.standardError = errors
  try process.run()
  let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
  process.waitUntilExit()
  #expect(process.terminationStatus == 1)
  let why = redirection == ">&-" ? "it is closed" : "No space left on device"
  #expect(text.contains("Standard output took not all of the result: \(why)."))
}

@Test("what is no key is refused, and not said again", arguments: ["DB_PASSWORD=hunter2", "a b", "", "é"])
func noKey(word: String) throws {
  let result = try Binary.run("secret", "set", word)
  #expect(result.status == 64)
  #expect(result.errors.contains("error: Not a key"))
  #expect(!result.errors.contains("hunter2"))
}
