import HostState
import Testing

@testable import HostAccess

/// What `apt-get -s install --no-install-recommends` prints, shortened, on Debian 12.
private let simulated = """
  Reading package lists...
  The following packages will be REMOVED:
    iptables-persistent
  The following NEW packages will be installed:
    certbot python3 ufw
  Remv iptables-persistent [1.0.20]
  Inst python3 (3.11.2-1+b1 Debian:stable [amd64])
  Inst media-types (10.0.0 Debian:stable [all])
  Inst ufw (0.36.2-1 Debian:stable [all])
  Inst certbot [1.0] (2.1.0-4 Debian:stable [all])
  Conf ufw (0.36.2-1 Debian:stable [all])

  """

private func candidates(_ names: String..., status: Int32 = 0, output: String, errors: String = "") -> [Candidate] {
  let result = CommandResult(status: status, output: output, errors: errors)
  guard case .read(let preview) = CandidateReading.preview(.finished(result)) else { return [] }
  return names.map { preview.candidate($0, of: names) }
}

@Suite("Candidates")
struct CandidateTests {
  @Test("all are asked about at once; what comes and goes is counted for all of them")
  func versions() {
    #expect(CandidateReading.command(["certbot", "ufw"]).arguments.suffix(3) == ["--", "certbot", "ufw"])
    let removed = ["iptables-persistent": "1.0.20"]
    #expect(
      candidates("certbot", "ufw", output: simulated) == [
        Candidate(version: "2.1.0-4", asked: 2, company: 2, removed: removed),
        Candidate(version: "0.36.2-1", asked: 2, company: 2, removed: removed),
      ])
  }

  @Test("those that no source has are told from those that merely stand beside them")
  func unknown() {
    let errors = "E: Unable to locate package harden2\nE: Package 'vim' has no installation candidate\n"
    #expect(
      candidates("harden2", "vim", "ufw", status: 100, output: "Reading package lists...\n", errors: errors) == [
        Candidate(version: nil, isUnknown: true, asked: 3), Candidate(version: nil, isUnknown: true, asked: 3),
        Candidate(version: nil, asked: 3),
      ])
  }

  @Test("what apt cannot install has its words for why")
  func refused() {
    let output = """
      The following packages have unmet dependencies:
       ufw : Depends: iptables but it is not going to be installed

      """
    #expect(
      candidates(
        "ufw", status: 100, output: output, errors: "E: Unable to correct problems, you have held broken packages.\n"
      )
      .map(\.refusal) == [
        "ufw : Depends: iptables but it is not going to be installed; Unable to correct problems, you have held "
          + "broken packages."
      ])
  }

  @Test("a host without apt, and one whose apt fails otherwise, is not known")
  func noApt() {
    guard case .absent = CandidateReading.preview(.noProgram) else { Issue.record("it is there"); return }
    let broken = CommandResult(status: 127, output: "", errors: "libapt-pkg.so.6.0: cannot open shared object file\n")
    guard case .unreadable = CandidateReading.preview(.finished(broken)) else { Issue.record("it was read"); return }
  }
}
