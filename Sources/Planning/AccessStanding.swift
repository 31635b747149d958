import HostState
import RecipeDSL
import Resources

/// Whether a declared administrator gets in on a host as it is, whatever a plan says of it.
///
/// A settled plan asks nothing about access. Once something was closed this is looked at: what happened beside the
/// steps, such as a file system that came over the homes, shows in no step of theirs.
public struct AccessStanding {
  /// What has to be asked first.
  public private(set) var needs: Set<Inquiry> = []
  /// Why none of them does; nil where one does, where that cannot be told, and where nobody is declared.
  public private(set) var stranding: Diagnostic?

  public init(_ desired: DesiredState, given known: Observations) {
    let administrators = desired.sections.flatMap(\.declarations).flatMap { $0.resource.grants.administrators }
    var broken: (name: String, link: String, why: String)?
    var isBroken = !administrators.isEmpty
    for administrator in administrators {
      var chain = AccessChain(in: known)
      let verdict = chain.verdict(on: administrator)
      needs.formUnion(chain.needs)
      switch verdict {
      case .broken(let link, let why)?: broken = broken ?? (administrator.name, link, why)
      case .whole?, .unknown?, nil: isBroken = false
      }
    }
    if isBroken, needs.isEmpty, let broken { stranding = .strandedNow(broken) }
  }
}

extension Diagnostic {
  fileprivate static func strandedNow(_ broken: (name: String, link: String, why: String)) -> Diagnostic {
    Diagnostic(
      "Nobody would get in any more",
      detail: "Ways in are closed, and looked at as the host is now, no declared administrator could log in. For "
        + "\(broken.name) the chain breaks at the link “\(broken.link)”: \(broken.why).",
      fix: "Mend what is said above on the host or in the inputs, then plan again.", address: "user:\(broken.name)")
  }
}
