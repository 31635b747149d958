import Auditing
import HostState

/// A request, as curl makes it.
extension SiteFetcher {
  private static let agent =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Observatory (harden audit)"
  private static let accept = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

  struct Request {
    let address: WebAddress
    let command: Command
  }

  func request(
    _ address: WebAddress, verifying: Bool, seconds: Double, headers: [String] = [], more: [String] = []
  ) -> Request {
    var words = options.arguments(verifying: verifying, seconds: seconds)
    words += ["--include", "--user-agent", Self.agent, "--header", Self.accept]
    for header in headers { words += ["--header", header] }
    words += more + ["--url", address.description]
    return Request(
      address: address, command: Command(CurlOptions.program, words, timeLimit: Int(Self.requestSeconds) + 3))
  }

  /// What is compressed is read here: curl refuses less than Node, and other things. Of blank lines in front curl makes
  /// HTTP/0.9.
  private static let raw = ["--verbose", "--http0.9", "--raw", "--header", "Accept-Encoding: gzip, deflate"]

  func ask(_ requests: [Request]) -> [CurlAnswer] {
    var answers = answers(requests, Self.raw)
    let left = answers.indices.filter {
      if case .answered(let exchange) = answers[$0] { BodyReading.isLeftToCurl(exchange) } else { false }
    }
    guard !left.isEmpty else { return answers }
    for (index, answer) in zip(left, self.answers(left.map { requests[$0] }, ["--compressed"], isRaw: false)) {
      // Not every build of curl knows every compression.
      if case .failed(let reason) = answer, reason.hasPrefix("Unrecognized content encoding") { continue }
      answers[index] = answer
    }
    return answers
  }

  private func answers(_ requests: [Request], _ words: [String], isRaw: Bool = true) -> [CurlAnswer] {
    let outcomes = runner.run(
      requests.map { request in
        let arguments = request.command.arguments + words
        var job = ProcessRunner.Job(
          Command(request.command.executable, arguments, timeLimit: request.command.timeLimit))
        job.isLatin1 = true
        return job
      })
    return zip(requests, outcomes).map { request, outcome in
      CurlAnswer(outcome, url: request.address.description, limit: Self.answerLimit, isRaw: isRaw)
    }
  }
}
