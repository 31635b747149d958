/// New passwords are long and mixed (pwquality.conf(5)); those that are there stay as they are.
///
///     PasswordQuality(minimumLength: 14)
public struct PasswordQuality: ResourceGroup {
  let minimumLength: Int

  public init(minimumLength: Int = 14) { self.minimumLength = minimumLength }

  public var members: [any Resource] {
    [
      Package("libpam-pwquality"),
      DropIn(
        "/etc/security/pwquality.conf.d/harden.conf", "minlen = \(minimumLength)\nminclass = 3\nmaxrepeat = 3\n"),
    ]
  }
}
