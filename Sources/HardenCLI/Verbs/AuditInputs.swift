import Auditing
import Foundation
import HostAccess
import HostState

/// What an audit is told by its options.
extension Audit {
  static func algorithm(_ invocation: Invocation) throws(Failure) -> Observatory.Algorithm {
    guard let text = invocation.value(.algorithm) else { return .six }
    guard let algorithm = Int(text).flatMap(Observatory.Algorithm.init) else { throw .misuse(.noAlgorithm(text)) }
    return algorithm
  }

  static func wantedGrade(_ invocation: Invocation) throws(Failure) -> Grade? {
    guard let text = invocation.value(.grade) else { return nil }
    guard let grade = Grade(rawValue: text.uppercased()) else { throw .misuse(.noGrade(text)) }
    return grade
  }

  static func nameServer(_ invocation: Invocation) throws(Failure) -> NameServer? {
    guard let text = invocation.value(.resolver) else { return nil }
    // dig would look a name up with the very servers that are not to be asked.
    guard let server = NameServer(text), NetworkAddress.isOne(text.prefix { $0 != "#" && $0 != "%" }) else {
      throw .misuse(.noNameServer(text))
    }
    return server
  }

  /// How curl reaches the site. What is wrong with an option is said before anything is asked.
  static func curlOptions(_ invocation: Invocation) throws(Failure) -> CurlOptions {
    var options = CurlOptions()
    if let file = invocation.value(.authorities) {
      try expectAuthorities(in: file)
      options.authorities = URL(fileURLWithPath: file).path
    }
    options.connectTo = invocation.values(.connectTo)
    for entry in options.connectTo where !CurlOptions.isConnectTo(entry) {
      throw .misuse(.badRoute(.connectTo, entry, "--connect-to example.org:443:127.0.0.1:8443"))
    }
    options.resolve = invocation.values(.resolve)
    for entry in options.resolve where !CurlOptions.isResolve(entry) {
      throw .misuse(.badRoute(.resolve, entry, "--resolve example.org:443:192.0.2.7"))
    }
    options.trustsAnyCertificate = invocation.has(.trustAny)
    return options
  }

  /// Looks whether what the audit finds could be kept where it is to go.
  static func expectWritable(_ invocation: Invocation) throws(Failure) {
    for file in [invocation.value(.html), invocation.value(.record)].compactMap({ $0 }) {
      do throws(Diagnostic) { try UserFiles.expectWritable(file) } catch { throw .misuse(error) }
    }
  }

  /// Whoever gives an option expects something of it: none is passed over in silence.
  static func expectSensible(_ invocation: Invocation) throws(Failure) {
    let asking: [Flag] = [.pages, .authorities, .connectTo, .resolve, .trustAny, .resolver, .issuer]
    if invocation.has(.responses) {
      guard invocation.argument(0) == nil else { throw .misuse(.urlAndFile) }
      for flag in asking where invocation.has(flag) {
        throw .misuse(.notTogether(.responses, flag, "With --responses nothing is asked, \(flag.wouldDoNothing)"))
      }
    }
    if invocation.has(.trustAny), invocation.has(.authorities) {
      throw .misuse(
        .notTogether(.trustAny, .authorities, "--ca says whom to trust, and --trust-any-certificate to trust anybody."))
    }
    for flag in [Flag.resolver, .issuer] where invocation.has(.gradeOnly) && invocation.has(flag) {
      throw .misuse(.notTogether(.gradeOnly, flag, "With --grade-only DNS is not looked at, \(flag.wouldDoNothing)"))
    }
    if invocation.has(.before), !invocation.has(.html) { throw .misuse(.beforeWithoutPage) }
  }
}

extension Flag {
  fileprivate var wouldDoNothing: String { "so that \(name) would do nothing." }
}

extension Diagnostic {
  fileprivate static let beforeWithoutPage = Diagnostic(
    "Option not expected", detail: "--before is for the page that --html writes.", fix: "harden audit --help")
  fileprivate static func noAlgorithm(_ text: String) -> Diagnostic {
    Diagnostic("Unknown algorithm", detail: "“\(text)” is neither 5 nor 6.", fix: "harden audit --help")
  }
  fileprivate static func noGrade(_ text: String) -> Diagnostic {
    let all = Grade.allCases.reversed().map(\.rawValue).joined(separator: " ")
    return Diagnostic("Unknown grade", detail: "“\(text)” is no grade. They are: \(all).", fix: "harden audit --help")
  }
  fileprivate static func noNameServer(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not a DNS server", detail: "“\(text)” is no address of one.", fix: "--resolver 192.0.2.53, or 192.0.2.53#5353")
  }
  fileprivate static func badRoute(_ flag: Flag, _ text: String, _ example: String) -> Diagnostic {
    Diagnostic("Option not understood", detail: "“\(text)” is not of the form \(flag.usage).", fix: example)
  }
  fileprivate static let urlAndFile = Diagnostic(
    "Argument not expected", detail: "With --responses nothing is asked, so that there is no URL.",
    fix: "harden audit --help")
  fileprivate static func notTogether(_ flag: Flag, _ other: Flag, _ reason: String) -> Diagnostic {
    Diagnostic("Option not expected", detail: reason, fix: "Leave \(flag.name) or \(other.name) out.")
  }
}
