extension PublicKey {
  /// As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
  public var fingerprint: String {
    let digest = SHA256.digest(of: Base64.decode(blob) ?? [])
    return "SHA256:" + Base64.encode(digest).prefix { $0 != "=" }
  }
}

extension Base64 {
  static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let given = min(3, bytes.count - start)
      let value = (0..<3).reduce(0) { $0 << 8 | ($1 < given ? Int(bytes[start + $1]) : 0) }
      for (index, shift) in [18, 12, 6, 0].enumerated() {
        text.append(index <= given ? alphabet[value >> shift & 63] : "=")
      }
    }
    return text
  }
}
