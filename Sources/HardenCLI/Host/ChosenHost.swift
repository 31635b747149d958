import HostAccess
import HostState

extension Tool {
  /// A session that only looks. Without root it leaves out what it cannot read.
  func session(_ invocation: Invocation, asksApplications: Bool = false) throws(Failure) -> Session {
    let host = try host(invocation)
    if invocation.has(.recorded) { return Session(host) }
    guard isRoot else { return Session(host, isPartial: true) }
    return Session(
      host, foreseen: Foreseen.read(), asksApplications: asksApplications,
      ledger: { () throws(Diagnostic) in try Ledger.load() })
  }

  /// The host that the command line speaks of: this one, or a recorded one.
  func host(_ invocation: Invocation) throws(Failure) -> any Respondent {
    let stated = try invocation.statedAddress()
    guard let name = invocation.value(.recorded) else { return Prober(from: stated) }
    do throws(Diagnostic) {
      var host = try RecordedHost.named(name)
      if let stated { (host.visitor.address, host.visitor.addressSource) = (stated, "--from") }
      return host
    } catch {
      throw .misuse(error)
    }
  }
}

extension Invocation {
  /// What `--from` says.
  func statedAddress() throws(Failure) -> String? {
    guard let text = value(.from) else { return nil }
    // An address of one link names that behind it.
    let plain = text.hasPrefix("fe80:") ? text.prefix { $0 != "%" } : text[...]
    guard NetworkAddress.isOne(plain) else { throw .misuse(.noAddress(text)) }
    return text
  }

  /// What `--user` says.
  func statedUser() throws(Failure) -> String? {
    guard let name = value(.user) else { return nil }
    guard !name.isEmpty, !name.contains(where: { $0.isWhitespace || $0 == "," || $0 == ":" || $0 == "=" }) else {
      throw .misuse(.noAccount(name))
    }
    return name
  }
}

extension Diagnostic {
  fileprivate static func noAddress(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not an address", detail: "After --from stands one IPv4 or IPv6 address, not “\(text)”.",
      fix: "--from 203.0.113.9")
  }
  fileprivate static func noAccount(_ name: String) -> Diagnostic {
    Diagnostic("Not an account", detail: "After --user stands an account's name, not “\(name)”.", fix: "--user deploy")
  }
}

extension Prober: Respondent {}
