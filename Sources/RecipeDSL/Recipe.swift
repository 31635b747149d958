/// How a server must be, with the inputs in which one server differs from another.
///
///     struct Blog: Recipe {
///       static let summary = "A blog behind a firewall"
///       @Input("The name visitors type") var domain: SiteName
///       var state: DesiredState {
///         Section("Way in", why: "Most break-ins begin with a guessed password.") { … }
///       }
///     }
///
/// `Decodable` is synthesized: that is how the inputs are filled by name. Their defaults come from `init()`.
public protocol Recipe: Decodable, Sendable {
  init()
  /// One line for `harden recipes`.
  static var summary: String { get }
  /// As it is typed; the type's name in kebab case unless said otherwise.
  static var name: String { get }
  @StateBuilder var state: DesiredState { get }
}

extension Recipe {
  public static var name: String { kebabCase(String(describing: Self.self)) }
}

/// `DjangoApache` → `django-apache`, `sshPort` → `ssh-port`, `VPS` → `vps`, `TLSProxy` → `tls-proxy`.
package func kebabCase(_ name: String) -> String {
  let letters = Array(name)
  var words = ""
  for (index, letter) in letters.enumerated() {
    let startsWord =
      letter.isUppercase && index > 0 && letters[index - 1] != "-"
      && (!letters[index - 1].isUppercase || (index + 1 < letters.count && letters[index + 1].isLowercase))
    if startsWord { words += "-" }
    words += letter.lowercased()
  }
  return words
}
