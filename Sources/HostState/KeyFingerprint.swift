/// What people tell keys by.
package enum KeyFingerprint {
  /// As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
  ///
  /// - Parameter blob: the key itself, in base64, as it stands in a line of `authorized_keys`.
  package static func of(_ blob: String) -> String {
    "SHA256:" + Base64.encode(SHA256.digest(of: Base64.decode(blob) ?? [])).prefix { $0 != "=" }
  }

  /// Fingerprint and comment.
  package static func shown(_ blob: String, comment: String) -> String {
    comment.isEmpty ? of(blob) : "\(of(blob)) “\(comment)”"
  }
}
