/// Ports that Apache is to listen on, and whoever has them already.
enum WebPort {
  /// - Throws: a `Diagnostic` where another program has one of these ports and Apache does not: it could not start, or
  ///   would not be what visitors meet.
  static func check(_ ports: [UInt16], on host: Observations) throws(Diagnostic) {
    // As it is today: that a package brings an Apache that listens is foreseen, not seen.
    guard case .there(.listeners(let listeners))? = host.known[Inquiry(.listeners)] else { return }
    for port in ports {
      let holders = listeners.filter { $0.transport == "tcp" && $0.port == port && !$0.process.isEmpty }
      guard !holders.contains(where: { $0.process == "apache2" }), let holder = holders.first else { continue }
      throw .portIsTaken(port, holder)
    }
  }
}

extension Diagnostic {
  fileprivate static func portIsTaken(_ port: UInt16, _ holder: Listener) -> Diagnostic {
    Diagnostic(
      "Port is taken",
      detail: "\(holder.process) listens on port \(port), so Apache could not. Two web servers cannot share it, and "
        + "which of them is meant is yours to say.",
      fix: "systemctl disable --now \(holder.process)   # if it is a service that you do not need")
  }
}
