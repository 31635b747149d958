/// Answers by kind. Each throws when the probe was never asked: a resource must name all it looks at.
extension Observations {
  public func file(_ path: Path) throws(Diagnostic) -> Answer<FileStatus> {
    try typed(.file(path: path)) { if case .file(let value) = $0 { value } else { nil } }
  }
  public func contents(_ path: Path) throws(Diagnostic) -> Answer<String> {
    try typed(.contents(path: path)) { if case .text(let value) = $0 { value } else { nil } }
  }
  public func secrets(_ path: Path, open: [String]) throws(Diagnostic) -> Answer<SecretsState> {
    try typed(.secrets(path: path, open: open)) { if case .secrets(let value) = $0 { value } else { nil } }
  }
  public func names(in directory: Path) throws(Diagnostic) -> Answer<[String]> {
    try typed(.names(directory: directory)) { if case .names(let value) = $0 { value } else { nil } }
  }
  public func tree(_ rule: TreeRule) throws(Diagnostic) -> Answer<TreeReport> {
    try typed(.tree(rule: rule)) { if case .tree(let value) = $0 { value } else { nil } }
  }
  public func accounts() throws(Diagnostic) -> Answer<Accounts> {
    try typed(.accounts) { if case .accounts(let value) = $0 { value } else { nil } }
  }
  public func package(_ name: String) throws(Diagnostic) -> Answer<PackageState> {
    try typed(.package(name: name)) { if case .package(let value) = $0 { value } else { nil } }
  }
  public func candidate(_ package: String) throws(Diagnostic) -> Answer<Candidate> {
    try typed(.candidate(package: package)) { if case .candidate(let value) = $0 { value } else { nil } }
  }
  public func unit(_ name: String) throws(Diagnostic) -> Answer<UnitState> {
    try typed(.unit(name: name)) { if case .unit(let value) = $0 { value } else { nil } }
  }
  public func listeners() throws(Diagnostic) -> Answer<[Listener]> {
    try typed(.listeners) { if case .listeners(let value) = $0 { value } else { nil } }
  }
  public func ufw() throws(Diagnostic) -> Answer<UFWFiles> {
    try typed(.ufw) { if case .ufw(let value) = $0 { value } else { nil } }
  }
  public func packetFilter() throws(Diagnostic) -> Answer<PacketFilter> {
    try typed(.packetFilter) { if case .packetFilter(let value) = $0 { value } else { nil } }
  }
  public func `operator`() throws(Diagnostic) -> Answer<Operator> {
    try typed(.operator) { if case .operator(let value) = $0 { value } else { nil } }
  }
  public func host() throws(Diagnostic) -> Answer<HostFacts> {
    try typed(.host) { if case .host(let value) = $0 { value } else { nil } }
  }
  public func sysctl(_ key: String) throws(Diagnostic) -> Answer<String> {
    try typed(.sysctl(key: key)) { if case .text(let value) = $0 { value } else { nil } }
  }
  public func isStale(_ unit: String, _ paths: [Path]) throws(Diagnostic) -> Answer<Bool> {
    try typed(.stale(unit: unit, paths: paths)) { if case .flag(let value) = $0 { value } else { nil } }
  }
  public func certificate(_ path: Path) throws(Diagnostic) -> Answer<CertificateFacts> {
    try typed(.certificate(path: path)) { if case .certificate(let value) = $0 { value } else { nil } }
  }
  public func reach(_ question: ReachQuestion) throws(Diagnostic) -> Answer<Reach> {
    try typed(.reach(question: question)) { if case .reach(let value) = $0 { value } else { nil } }
  }
  public func output(_ question: Question) throws(Diagnostic) -> Answer<CommandResult> {
    try typed(.output(question: question)) { if case .output(let value) = $0 { value } else { nil } }
  }

  /// Whether a package is there, after the steps folded so far.
  public func hasPackage(_ name: String) throws(Diagnostic) -> Bool {
    try package(name).value?.isInstalled ?? false
  }

  private func typed<Value>(_ probe: Probe, _ extract: (Fact) -> Value?) throws(Diagnostic) -> Answer<Value> {
    guard let answer = answer(probe) else { throw .bug("\(probe) was looked at, but never asked.") }
    guard let value = answer.map(extract) else { throw .bug("\(probe) was answered by a fact of another kind.") }
    return value
  }
}
