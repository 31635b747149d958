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

  /// The built-in list, or Chromium's whole one, of whose entries those with `force-https` count.
  static func preloadList(_ invocation: Invocation) throws(Failure) -> PreloadList {
    guard let file = invocation.value(.preloadList) else { return PreloadList() }
    struct List: Decodable {
      struct Entry: Decodable {
        let name: String
        let mode: String?
        let include_subdomains: Bool?
      }
      let entries: [Entry]
    }
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file, limit: 128 << 20) else { throw .noResponses(file) }
      // It is JSON with lines of comment.
      let lines = text.lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }
      guard let list = try? JSONDecoder().decode(List.self, from: Data(lines.joined(separator: "\n").utf8)) else {
        throw .notPreloadList(file)
      }
      let entries = list.entries.filter { $0.mode == "force-https" }
      return PreloadList(
        Dictionary(entries.map { ($0.name, $0.include_subdomains ?? false) }) { $0 || $1 })
    } catch { throw Failure(error) }
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
      do throws(Diagnostic) {
        guard let text = try UserFiles.text(of: file, limit: 16 << 20) else { throw .noResponses(file) }
        guard text.contains("-----BEGIN CERTIFICATE-----") || text.contains("-----BEGIN TRUSTED CERTIFICATE-----")
        else { throw .noAuthorities(file) }
      } catch { throw .misuse(error) }
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

  /// The audit that `--before` names.
  static func earlier(_ invocation: Invocation) throws(Failure) -> Audit? {
    guard let file = invocation.value(.before) else { return nil }
    guard invocation.has(.html) else { throw .misuse(.beforeWithoutPage) }
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file, limit: 64 << 20) else { throw .noResponses(file) }
      do { return try JSONDecoder().decode(Audit.self, from: Data(text.utf8)) } catch {
        throw .notAudit(file)
      }
    } catch { throw Failure(error) }
  }

  static func recorded(_ file: String) throws(Failure) -> [SiteResponses] {
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file, limit: 256 << 20) else { throw .noResponses(file) }
      let data = Data(text.utf8)
      if let list = try? JSONDecoder().decode([SiteResponses].self, from: data) {
        guard !list.isEmpty else { throw .notResponses(file, "the list is empty, so that there is nothing to grade.") }
        return list
      }
      do { return [try JSONDecoder().decode(SiteResponses.self, from: data)] } catch {
        throw .notResponses(file, String(describing: error))
      }
    } catch { throw Failure(error) }
  }
}

extension Diagnostic {
  fileprivate static let beforeWithoutPage = Diagnostic(
    "Option not expected", detail: "--before is for the page that --html writes.", fix: "harden audit --help")
  fileprivate static func notAudit(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not an audit", detail: "“\(file)” is not what harden audit --json prints.",
      fix: "harden audit https://example.org --json >before.json")
  }
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
  fileprivate static func notPreloadList(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not a preload list", detail: "“\(file)” is not in the form of Chromium's transport_security_state_static.json.")
  }
  fileprivate static func noAuthorities(_ file: String) -> Diagnostic {
    Diagnostic(
      "No certificates", detail: "“\(file)” holds no certificate in PEM form, so none could be checked with it.",
      fix: "openssl x509 -in \(Command.quoted(file)) -out ca.pem")
  }
  fileprivate static func badRoute(_ flag: Flag, _ text: String, _ example: String) -> Diagnostic {
    Diagnostic("Option not understood", detail: "“\(text)” is not of the form \(flag.usage).", fix: example)
  }
  fileprivate static func noResponses(_ file: String) -> Diagnostic {
    Diagnostic("File not found", detail: "There is no “\(file)”.")
  }
  fileprivate static func notResponses(_ file: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "Not recorded answers", detail: "“\(file)” is not in the form that --responses takes: \(reason)",
      fix: "harden audit --help")
  }
}
