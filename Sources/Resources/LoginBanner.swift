/// The text before a login on the console (`/etc/issue`) and, where a daemon shows it, over the network.
///
/// Takes the place of Debian's two files, which name the release.
public struct LoginBanner: ResourceGroup {
  let text: String

  public init(_ text: String = LoginBanner.usual) { self.text = text }

  public static let usual =
    "Authorized access only. What is done on this system may be logged, monitored and recorded.\n"

  public var members: [any Resource] {
    let text = text.hasSuffix("\n") ? text : text + "\n"
    return [DropIn("/etc/issue", text), DropIn("/etc/issue.net", text)]
  }
}
