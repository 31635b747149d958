/// What harden's exit code says.
enum ExitCode: Int32 {
  /// Done, or nothing to do.
  case done = 0
  case failed = 1
  /// The host differs from the recipe (`verify`, `plan --exit-code`).
  case differs = 2
  /// Begun, and taken back: the host is as before, but for packages.
  case reverted = 3
  /// `EX_USAGE` of `sysexits(3head)`: nothing was tried.
  case misused = 64
}
