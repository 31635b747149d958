/// Other lineages of certbot's: told, never touched. Nobody but their owner knows what uses them.
extension IssuedCertificate {
  /// Hosts with more have their list cut.
  private static let most = 20

  func others(given known: Observations) -> [Lineage] {
    guard let names = try? Lineage.names(on: known) else { return [] }
    return names.filter { $0 != name }.prefix(Self.most).map(Lineage.init)
  }

  /// One for the same names is renewed beside the recipe's; one that cannot be renewed has certbot.service fail.
  func tellOfOthers(_ names: SiteNames, _ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    for other in others(given: host) {
      guard let facts = try host.certificate(other.chain).value,
        let settings = try host.contents(other.renewal).value.map(RenewalSettings.init)
      else { continue }
      let shared = facts.names.filter(names.all.contains)
      let fault = settings.ownObstacle
      guard !shared.isEmpty || settings.authenticator == "standalone" else { continue }
      let subject = "certificate \(other.name)"
      let held =
        shared.isEmpty ? "" : "it is for \(shared.joined(separator: ", ")), too, and this recipe's sites do not use it"
      let remedy =
        "sudo \(Certbot.program(on: host)) delete --cert-name \(other.name), once nothing uses it: "
        + "grep -rn \(other.directory)/ /etc/apache2/sites-enabled"
      if let fault {
        proposal.waiting.append(
          Waiting(
            subject, seen: [held, fault].filter { !$0.isEmpty }.joined(separator: "; "),
            wanted: "a way that works: sudo \(Certbot.program(on: host)) certonly --cert-name \(other.name) --webroot "
              + "-w \(Apache.challenges) --force-renewal \(facts.names.map { "-d \($0)" }.joined(separator: " ")); or "
              + remedy))
      } else {
        proposal.notes.append("\(subject): \(held); it is renewed on its own. To be rid of it: \(remedy)")
      }
    }
  }
}
