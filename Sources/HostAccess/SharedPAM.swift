import HostState

/// What a host's logins are checked by, `/etc/pam.d/common-*`, which `pam-auth-update` writes and no package holds.
enum SharedPAM {
  static let writer = Command(
    "/usr/sbin/pam-auth-update", ["--package", "--force"], environment: ["DEBIAN_FRONTEND": "noninteractive"])
  private static let kinds = ["account", "auth", "password", "session", "session-noninteractive"]

  /// Whether one of them came back empty from a power cut: with such a file nobody gets in.
  static var isEmpty: Bool { kinds.contains { SafeFiles.isEmptyFile("/etc/pam.d" / "common-\($0)") } }
}
