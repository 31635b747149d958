/// Names that a certificate has and its recipe does not name any more: they stay in it, as long as they lead here.
extension IssuedCertificate {
  /// All its names, where that is what it has beyond the recipe's; nil where there is nothing to look at.
  func unnamed(given known: Observations) -> [String]? {
    guard let names = try? SiteNames(names),
      case .there(.certificate(let facts))? = known.answer(.certificate(path: lineage.chain)),
      case .there(.text)? = known.answer(.contents(path: lineage.renewal))
    else { return nil }
    let former = Self.former(names, facts)
    return former.isEmpty ? nil : names.all + former
  }

  private static func former(_ names: SiteNames, _ facts: CertificateFacts) -> [String] {
    facts.names.filter { !names.all.contains($0) }
  }

  /// One that does not lead here any more makes the next renewal of all of them fail.
  func formerNames(
    _ names: SiteNames, _ facts: CertificateFacts, _ settings: RenewalSettings, on host: Observations
  ) throws(Diagnostic) -> Proposal {
    let former = Self.former(names, facts)
    guard !former.isEmpty else { return .nothing }
    let words = "certificate \(name) is also for \(former.joined(separator: ", ")), which this recipe does not name"
    guard isReady(host), case .there(let reach) = try host.reach(try HostToken.question(names.all + former, on: host)),
      // Where not even the recipe's own names are seen to lead here, silence says nothing.
      reach.of(names.all).isHere, !reach.of(former).isHere
    else { return Proposal(notes: ["\(words); it stays in"]) }
    let need = Need(names: names.all + former, words: "", server: settings.server)
    return Proposal(waiting: [
      Waiting(
        "renewal of \(name)",
        seen: reach.strays.joined(separator: "; ") + ": the next one will fail, since \(words)",
        wanted: try wayOut(need, reach, on: host))
    ])
  }

  /// A new name cannot be had as long as one of these leads elsewhere; nil where they are not what is missing.
  func withoutFormerNames(
    _ need: Need, _ reach: Reach, on host: Observations
  ) throws(Diagnostic) -> Proposal? {
    let wanted = try SiteNames(names).all
    guard need.names.count > wanted.count, reach.of(wanted).isHere else { return nil }
    return Proposal(waiting: [
      Waiting(
        "certificate \(name)",
        seen: reach.strays.joined(separator: "; ") + "; it has a name that this recipe does not name any more",
        wanted: try wayOut(need, reach, on: host))
    ])
  }

  /// Never taken by itself: whoever left a name out may have others that serve it with this certificate.
  private func wayOut(_ need: Need, _ reach: Reach, on host: Observations) throws(Diagnostic) -> String {
    let lost = need.names.filter { !reach.of([$0]).isHere }
    let kept = Need(
      names: need.names.filter { !lost.contains($0) }, words: need.words, server: need.server, isForced: need.isForced)
    return "DNS that leads \(lost.joined(separator: ", ")) here, or a certificate without: sudo "
      + "\(try order(kept, on: host).replacing), then sudo harden apply"
  }
}
