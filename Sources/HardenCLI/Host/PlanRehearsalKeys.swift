import HostAccess
import HostState
import Planning
import Resources

/// Declared keys, offered to the planned sshd.
extension PlanRehearsal {
  struct Offer {
    let name: String
    let key: PublicKey
    let offer: KeyOffer
  }

  func offers(_ steps: [PlannedStep], _ known: Observations) -> [Offer] {
    guard let inquest = SSHDInquest(known) else { return [] }
    let overlay = Overlay(planned: steps.filter(Self.concernsKeys).map(\.step), on: known)
    let port = Self.port(after: steps, known)
    return administrators.prefix(Self.mostAdministrators).flatMap { administrator in
      administrator.keys.prefix(Self.mostKeys).map { key in
        Offer(
          name: administrator.name, key: key,
          offer: KeyOffer(
            "\(key.type) \(key.blob)", of: administrator.name, options: inquest.arguments,
            over: inquest.visit(by: administrator.name, port: port), and: overlay))
      }
    }
  }

  /// The port that the operator would come to.
  static func port(after steps: [PlannedStep], _ known: Observations) -> UInt16 {
    var end = known
    for step in steps { end.fold(step.step) }
    return SSHDInquest(end)?.ports.first ?? 22
  }

  /// Whether sshd looks at what the step leaves before it takes a key; the fewer files are laid over the host, the
  /// faster it is.
  private static func concernsKeys(_ step: PlannedStep) -> Bool {
    if case .run = step.step.action { return true }
    guard let path = step.step.action.path else { return false }
    let isOfAccount =
      step.address.hasPrefix("user:") && !path.isWithin("/etc/harden") && !path.isWithin("/etc/sudoers.d")
    let read: [Path] = [
      "/etc/ssh", "/etc/pam.d", "/etc/security", "/etc/hosts.allow", "/etc/hosts.deny", "/etc/nologin",
    ]
    return isOfAccount || step.address.hasPrefix("sshd") || read.contains { path.isWithin($0) }
  }

  /// A line for each administrator; refused where sshd takes a key of nobody.
  func tell(_ offers: [Offer], _ outcomes: [AccessRehearsal.Outcome], _ visitor: Operator?, _ told: inout Told) {
    var refused: (name: String, why: String)?
    // Whoever was left out may get in.
    var isDecided =
      administrators.count <= Self.mostAdministrators && administrators.allSatisfy { $0.keys.count <= Self.mostKeys }
    for name in administrators.map(\.name) {
      let own = zip(offers, outcomes).filter { $0.0.name == name }
      if let (offer, _) = own.first(where: { if case .passed = $0.1 { true } else { false } }) {
        isDecided = false
        told.accepted.insert(name)
        told.add(.key, .passed, "the planned sshd accepts \(name)'s key \(offer.key.fingerprint)")
        continue
      }
      for (offer, outcome) in own {
        let what = "\(name)'s key \(offer.key.fingerprint)"
        switch outcome {
        case .passed: break
        case .refused(let why) where visitor?.address == nil:
          isDecided = false
          told.addNotTried(.key, what, "\(why), but where you come from is not known (--from)")
        case .refused(let why):
          refused = refused ?? (name, why)
          told.add(.key, .refused, "\(what): \(why)")
        case .notTried(let why):
          isDecided = false
          told.addNotTried(.key, what, why)
        case .noProgram(let why):
          isDecided = false
          told.addWithoutProgram(.key, what, why)
        }
      }
    }
    if let refused, isDecided { told.refusals.append(.keyNotTaken(refused.name, refused.why)) }
  }
}

extension SSHDInquest {
  func visit(by user: String, port: UInt16) -> VisitorConnection {
    let connection = connection(user)
    return VisitorConnection(from: connection.address, to: connection.localAddress, port: port)
  }
}

extension Diagnostic {
  fileprivate static func keyNotTaken(_ name: String, _ why: String) -> Diagnostic {
    Diagnostic(
      "Your key would not be taken",
      detail: "The public key of \(name) was offered to sshd with the files and accounts as they would be, from where "
        + "you are, and the chain breaks at the link “key”: \(why). No other declared administrator gets further.",
      fix: "Mend what is said above on the host or in the inputs, then plan again.", address: "user:\(name)")
  }
}
