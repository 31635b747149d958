/// What OpenSSL's error lines say, in words for somebody who does not read them daily.
enum OpenSSLReason {
  /// - Parameter line: as `openssl` and curl print it: `…:error:0A00010B:SSL routines:FUNCTION:REASON:FILE:LINE:`.
  /// - Returns: the same line where it is none of OpenSSL's, or its reason where it is not one of the usual.
  static func words(_ line: String) -> String {
    let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let library = fields.firstIndex(of: "SSL routines"), fields.count > library + 2 else { return line }
    // curl adds ", errno 0".
    let reason = fields[library + 2].split(separator: ",").first.map(String.init) ?? ""
    switch reason.hasPrefix("ssl/tls alert ") ? String(reason.dropFirst("ssl/tls ".count)) : reason {
    case "wrong version number", "packet length too long", "record layer failure", "http request":
      return "what answers there does not speak TLS; plain HTTP, perhaps"
    case "tlsv13 alert certificate required", "sslv3 alert bad certificate", "alert bad certificate":
      return "the server wants a certificate of every visitor (SSLVerifyClient)"
    case "unexpected eof while reading": return "the server closed the connection"
    case "tlsv1 unrecognized name", "tlsv1 alert unrecognized name", "alert unrecognized name":
      return "the server has no site of this name (TLS alert unrecognized_name)"
    case "": return line
    default: return "OpenSSL says “\(reason)”"
    }
  }
}
