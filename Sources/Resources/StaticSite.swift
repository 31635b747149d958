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

  public func probes(given known: Observations) -> Set<Probe> {
    ApacheFiles.probes(packages: ["apache2"], given: known)
      .union(ApacheFiles.probes("sites", "harden-\(name)"))
      .union(ApacheFiles.probes(modules: ["headers", "rewrite"]))
      .union(ApacheFiles.daemonProbes)
      .union(Lineage(name).probes)
      .union(WebPassage.probes(root))
      .union(NamedHosts.probes)
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let names = try SiteNames(names)
    try ApacheWord.check(path: root.text)
    try NamedHosts.check(names, on: host)
    let https = try HTTPSHost(names, on: host)
    var proposal = try ApacheFiles.install(["apache2"], on: host)
    proposal.append(try ApacheFiles.enable(modules: ["headers", "rewrite"], on: host))
    let subject = "site \(name)"
    var file = try ApacheFiles.file(
      "sites", "harden-\(name)", text: text(names, https), subject: subject, on: host)
    file.describeNewFile(
      subject, as: "\(names.all.joined(separator: ", ")) on \(https == nil ? "80" : "80 and 443") from \(root)")
    for index in file.steps.indices { file.steps[index].requires += https?.requirements ?? [] }
    try WebPassage.settle(root, &proposal, on: host)
    proposal.append(file)
    try ApacheFiles.settleDaemon(
      &proposal, listening: https == nil ? [80] : [80, 443], loading: Lineage(name).directory, on: host)
    return proposal
  }

  private func text(_ names: SiteNames, _ https: HTTPSHost?) -> String {
    let content =
      ["DocumentRoot \"\(root)\""] + VirtualHostText.files("/", root.text).dropFirst()
    return VirtualHostText.hosts(names, https, content).joined(separator: "\n") + "\n"
  }
}
