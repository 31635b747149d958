/// A folder of files as a website, behind Apache.
///
///     StaticSite(names: ["example.com", "www.example.com"], root: "/var/www/example")
///
/// Nothing in it is executed. As soon as certbot holds a certificate of the first name, it answers on 443 as well and
/// port 80 only redirects.
public struct StaticSite: Resource {
  let names: [String]
  let root: Path

  public init(names: [String], root: Path) { (self.names, self.root) = (names, root) }

  public var address: String { "site:\(name)" }

  public static var examples: [StaticSite] { [StaticSite(names: ["docs.example.com"], root: "/var/www/docs")] }

  private var name: String { names.first?.lowercased() ?? "" }

  private var served: ServedSite {
    ServedSite(name: name, folder: root, packages: ["apache2"], modules: ["headers", "rewrite"])
  }

  public func probes(given known: Observations) -> Set<Probe> {
    let probes = served.probes(given: known)
    return served.move(given: known) == nil ? probes : probes.union([.names(directory: root)])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let names = try SiteNames(names)
    try ApacheWord.check(path: root.text)
    let move = served.move(given: host)
    let isEmpty = try move == nil ? false : host.names(in: root).value?.isEmpty ?? true
    let lack = isEmpty ? "no file in \(root), so that no page is found" : nil
    var proposal = try served.proposal(names, lack: lack, on: host) { text(names, $0) }
    if let waiting = move?.waiting(lack: lack, on: host) { proposal.waiting.append(waiting) }
    return proposal
  }

  private func text(_ names: SiteNames, _ https: HTTPSHost?) -> String {
    let content =
      ["DocumentRoot \"\(root)\""] + VirtualHostText.files("/", root.text).dropFirst()
    return VirtualHostText.hosts(names, https, content).joined(separator: "\n") + "\n"
  }
}
