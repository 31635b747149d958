extension PublicKey {
  /// Bits of an RSA key's modulus; nil for keys of other types.
  ///
  /// RFC 4253 §6.6: after the type come the exponent and the modulus, each with its length in four bytes in front.
  package var rsaBits: Int? {
    guard type == "ssh-rsa", let bytes = Base64.decode(blob) else { return nil }
    var rest = bytes[...]
    var fields: [ArraySlice<UInt8>] = []
    while rest.count >= 4 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard rest.count >= length else { return nil }
      fields.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    guard fields.count == 3 else { return nil }
    let modulus = fields[2].drop { $0 == 0 }
    guard let first = modulus.first else { return nil }
    return modulus.count * 8 - first.leadingZeroBitCount
  }

  /// The signature algorithms that a login with this key can use: sshd_config(5), PubkeyAcceptedAlgorithms.
  ///
  /// `ssh-rsa` itself, SHA-1, is left out: OpenSSH 8.8 and later make no such signature.
  package var algorithms: [String] {
    switch type {
    case "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"]
    case "sk-ecdsa-sha2-nistp256@openssh.com": [type, "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"]
    default: [type]
    }
  }
}
