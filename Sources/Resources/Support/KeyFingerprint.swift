extension PublicKey {
  /// As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
  public var fingerprint: String {
    let digest = SHA256.digest(of: Base64.decode(blob) ?? [])
    return "SHA256:" + Base64.encode(digest).prefix { $0 != "=" }
  }

  /// Fingerprint and comment.
  package var shown: String { comment.isEmpty ? fingerprint : "\(fingerprint) “\(comment)”" }

  /// One that signs certificates: who holds one of those needs no key that the host knows.
  var shownAsAuthority: String { "whoever has a certificate signed by \(shown)" }
}
