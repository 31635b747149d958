import Auditing
import Foundation
import HostAccess
import HostState

/// The files that an audit's options name. One that is not there, or not what it is to be, is a misuse, as with --values.
extension Audit {
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
    let text = try text(of: file, limit: 128 << 20, otherwise: wantedPreloadList)
    // It is JSON with lines of comment.
    let lines = text.lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }
    guard let list = try? JSONDecoder().decode(List.self, from: Data(lines.joined(separator: "\n").utf8)) else {
      throw .misuse(.notPreloadList(file))
    }
    let entries = list.entries.filter { $0.mode == "force-https" }
    return PreloadList(Dictionary(entries.map { ($0.name, $0.include_subdomains ?? false) }) { $0 || $1 })
  }

  static func expectAuthorities(in file: String) throws(Failure) {
    let text = try text(of: file, limit: 16 << 20, otherwise: "--ca ca.pem, with certificates in PEM form")
    guard text.contains("-----BEGIN CERTIFICATE-----") || text.contains("-----BEGIN TRUSTED CERTIFICATE-----")
    else { throw .misuse(.noAuthorities(file)) }
  }

  /// The audit that `--before` names.
  static func earlier(_ invocation: Invocation) throws(Failure) -> Audit? {
    guard let file = invocation.value(.before) else { return nil }
    let text = try text(of: file, limit: 64 << 20, otherwise: makeAudit)
    guard let audit = try? JSONDecoder().decode(Audit.self, from: Data(text.utf8)) else {
      throw .misuse(.notAudit(file))
    }
    return audit
  }

  /// What `--responses` names: one site's answers, or a list.
  static func recorded(_ file: String) throws(Failure) -> [SiteResponses] {
    let text = try text(of: file, limit: 256 << 20, otherwise: "harden audit https://example.org --record FILE")
    let data = Data(text.utf8)
    do {
      guard text.first(where: { !$0.isWhitespace }) == "[" else {
        return [try JSONDecoder().decode(SiteResponses.self, from: data)]
      }
      let list = try JSONDecoder().decode([SiteResponses].self, from: data)
      if !list.isEmpty { return list }
    } catch {
      let isJSON = (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
      throw .misuse(.notResponses(file, "\(JSONFault.words(error)).", isJSON: isJSON))
    }
    throw .misuse(.notResponses(file, "the list is empty, so that there is nothing to grade.", isJSON: true))
  }

  private static func text(of file: String, limit: Int, otherwise fix: String) throws(Failure) -> String {
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file, limit: limit) else { throw .noFile(file, fix) }
      return text
    } catch { throw .misuse(error) }
  }
}

private let wantedPreloadList = "--preload-list transport_security_state_static.json, Chromium's; or leave it out"
private let makeAudit = "harden audit https://example.org --json >before.json"

extension Diagnostic {
  fileprivate static func noFile(_ file: String, _ fix: String) -> Diagnostic {
    Diagnostic("File not found", detail: "There is no “\(file)”.", fix: fix)
  }
  fileprivate static func notAudit(_ file: String) -> Diagnostic {
    Diagnostic("Not an audit", detail: "“\(file)” is not what harden audit --json prints.", fix: makeAudit)
  }
  fileprivate static func notPreloadList(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not a preload list", detail: "“\(file)” is not in the form of Chromium's list.", fix: wantedPreloadList)
  }
  fileprivate static func noAuthorities(_ file: String) -> Diagnostic {
    Diagnostic(
      "No certificates", detail: "“\(file)” holds no certificate in PEM form, so none could be checked with it.",
      fix: "openssl x509 -in \(Command.quoted(file)) -out ca.pem")
  }
  fileprivate static func notResponses(_ file: String, _ reason: String, isJSON: Bool) -> Diagnostic {
    Diagnostic(
      "Not recorded answers", detail: "“\(file)” is not in the form that --responses takes: \(reason)",
      fix: isJSON ? "harden audit --help" : "python3 -m json.tool \(Command.quoted(file))")
  }
}
