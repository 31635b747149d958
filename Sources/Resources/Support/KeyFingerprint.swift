extension PublicKey {
  /// As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
  public var fingerprint: String { KeyFingerprint.of(blob) }

  /// Fingerprint and comment.
  package var shown: String { KeyFingerprint.shown(blob, comment: comment) }

  /// One that signs certificates: who holds one of those needs no key that the host knows.
  var shownAsAuthority: String { "whoever has a certificate signed by \(shown)" }
}
