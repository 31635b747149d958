/// What a site answers to a visitor, asked on this host itself: whether its application runs is seen on the wire alone.
struct SiteAnswer {
  let question: Question
  private let name: String

  /// - Parameter count: how many visitors come at the same time, so that each of the site's processes has one.
  init(name: String, isSecure: Bool, count: Int) {
    self.name = name
    let (scheme, port) = isSecure ? ("https", 443) : ("http", 80)
    // Certificates are looked at elsewhere.
    let options = [
      "--disable", "--silent", "--globoff", "--noproxy", "*", "--proto", "=http,https", "--http1.1", "--insecure",
      "--parallel", "--parallel-immediate", "--max-time", "\(Self.patience)",
      "--connect-to", "\(name):\(port):127.0.0.1:\(port)", "--write-out", "%{http_code}\n",
    ]
    let visits = (0..<count).flatMap { _ in ["--output", "/dev/null", "\(scheme)://\(name)/"] }
    question = Question(
      Command("/usr/bin/curl", options + visits, timeLimit: Self.patience + 5, accepted: [0, 28], user: "www-data"),
      reads: [], package: "curl")
  }

  /// Seconds. The first visitor waits until Django has been loaded.
  private static let patience = 15

  /// What is wrong with it; nil where it answers, and where that could not be asked.
  func waiting(_ answer: Answer<CommandResult>) -> Waiting? {
    guard case .there(let result) = answer, let seen = Self.fault(result) else { return nil }
    let isRefusal = seen.hasPrefix("answers 400")
    return Waiting(
      "site \(name)", seen: seen,
      wanted: isRefusal
        ? "a page: Django answers 400 where ALLOWED_HOSTS lacks \(name); the settings fragment (harden template "
          + "django-settings) takes it from the file of secrets; then sudo systemctl reload apache2"
        : "a page: sudo tail /var/log/apache2/\(name)-error.log tells what keeps it from one; once that is mended, "
          + "sudo systemctl reload apache2")
  }

  /// A line for each visitor: the status of the answer, `000` for none. RFC 9110 §15.6: with 5xx the server knows that it
  /// erred; with 400 (§15.5.1) it takes the plainest of requests for one that it need not understand.
  private static func fault(_ result: CommandResult) -> String? {
    let codes = result.output.lines.filter { !$0.isEmpty }
    let isFault = { (code: Substring) in code.hasPrefix("5") || code == "400" }
    let faults = codes.filter(isFault)
    guard let first = faults.first else { return result.status == 28 ? "no answer within \(patience) s" : nil }
    guard let other = codes.first(where: { !isFault($0) }) else { return "answers \(first)" }
    return "answers \(first) to some, \(other) to others"
  }
}
