import HostState

/// What apt would do about missing packages: one `apt-get -s install` for all of a round. Reading Debian's lists takes it
/// about a second, whatever is asked for. It needs neither root nor the lock.
enum CandidateReading {
  static func command(_ packages: [String]) -> Command {
    // 100: apt refuses, and says why.
    Command(
      "/usr/bin/apt-get", ["-s"] + leavingNoTrace + ["install", "--no-install-recommends", "--"] + packages,
      accepted: [0, 100])
  }

  /// Even a simulation logs what it planned, and root's writes the caches anew: apt.conf(5), `Dir::Log`, `Dir::Cache`.
  private static let leavingNoTrace = [
    "Dir::Log::Planner=", "Dir::Log::Solver=", "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=",
  ].flatMap { ["-o", $0] }

  static func preview(_ outcome: ProcessRunner.Outcome) -> Reading<Preview> {
    switch outcome.reading(of: command([])) {
    case .read(let output): .read(Preview(output, errors: outcome.result?.errors ?? ""))
    case .absent: .absent
    case .unreadable(let reason): .unreadable(reason)
    }
  }

  /// Versions and company of a simulated install: lines such as `Inst ufw (0.36.2-1 Debian:stable [all])`.
  struct Preview {
    private var versions: [String: String] = [:]
    /// Names after `E: Unable to locate package` or `E: Package 'x' has no installation candidate`.
    private var unknown: Set<String> = []
    /// `Remv iptables-persistent [1.0.20]`, since ufw breaks that.
    private var removed: [String: String] = [:]
    private var refusal: String?

    init(_ output: String, errors: String) {
      for line in output.lines {
        let words = line.split(separator: " ")
        guard words.count > 1 else { continue }
        switch words[0] {
        case "Inst":
          guard let version = words.dropFirst(2).first(where: { $0.hasPrefix("(") }) else { continue }
          versions[String(words[1])] = String(version.dropFirst())
        case "Remv":
          removed[String(words[1])] = words.dropFirst(2).first.map { $0.filter { $0 != "[" && $0 != "]" } } ?? ""
        default: continue
        }
      }
      let faults = errors.lines.filter { $0.hasPrefix("E: ") }.map { $0.dropFirst(3) }
      for fault in faults {
        if fault.hasPrefix("Unable to locate package "), let name = fault.split(separator: " ").last {
          unknown.insert(String(name))
        } else if fault.contains("has no installation candidate") {
          let parts = fault.split(separator: "'")
          if parts.count > 1 { unknown.insert(String(parts[1])) }
        }
      }
      guard unknown.isEmpty, let fault = faults.first else { return }
      // ` ufw : Breaks: iptables-persistent but 1.0.20 is to be installed`
      let unmet = output.lines.filter { $0.hasPrefix(" ") && $0.contains(" : ") }
      refusal = (unmet.prefix(3).map { String($0.drop { $0 == " " }) } + [String(fault)]).joined(separator: "; ")
    }

    func candidate(_ package: String, of asked: [String]) -> Candidate {
      Candidate(
        version: versions[package], isUnknown: unknown.contains(package), asked: asked.count,
        company: versions.keys.count { !asked.contains($0) }, removed: removed, refusal: refusal)
    }
  }
}
