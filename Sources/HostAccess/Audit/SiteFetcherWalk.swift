import Auditing
import Foundation
import HostState
import Synchronization

/// The way from redirect to redirect.
extension SiteFetcher {
  struct Walk {
    let start: WebAddress
    var next: WebAddress?
    var exchanges: [Exchange] = []
    var jar = CookieJar()
    var isVerified = true
    var trouble: String?
    var failure: String?
    var deadline: Double

    init(_ start: WebAddress) {
      (self.start, next) = (start, start)
      deadline = Child.now() + SiteFetcher.visitSeconds
    }
  }

  /// Each on its own, so that none has less time because the other one is slow.
  func walked(_ starts: [WebAddress]) -> [Walk] {
    let walks = Walks(starts.map(Walk.init))
    let all = DispatchGroup()
    for index in starts.indices {
      all.enter()
      Thread {
        var walk = walks.all.withLock { $0[index] }
        while let address = walk.next { go(&walk, to: address) }
        walks.all.withLock { [walk] in $0[index] = walk }
        all.leave()
      }.start()
    }
    all.wait()
    return walks.all.withLock { $0 }
  }

  private final class Walks: Sendable {
    let all: Mutex<[Walk]>
    init(_ walks: [Walk]) { all = Mutex(walks) }
  }

  private func go(_ walk: inout Walk, to address: WebAddress) {
    let left = walk.deadline - Child.now()
    guard left > 0.1 else {
      walk.next = nil
      walk.failure = "no end of it within \(Int(Self.visitSeconds)) seconds"
      return
    }
    let headers = walk.jar.header(for: address).map { ["Cookie: \($0)"] } ?? []
    let seconds = min(Self.requestSeconds, left)
    step(&walk, ask([request(address, verifying: walk.isVerified, seconds: seconds, headers: headers)])[0])
  }

  private func step(_ walk: inout Walk, _ answer: CurlAnswer) {
    walk.next = nil
    switch answer {
    case .failed(let reason): walk.failure = reason
    case .badCertificate(let reason):
      guard walk.isVerified else { return walk.failure = reason }
      // All of the visit once more, and nothing about certificates in it is believed.
      let start = walk.start
      walk = Walk(start)
      (walk.isVerified, walk.trouble) = (false, reason)
    case .answered(let exchange):
      walk.exchanges.append(exchange)
      walk.jar.store(exchange)
      if walk.exchanges.count <= Self.redirectLimit, [301, 302, 303, 307, 308].contains(exchange.status) {
        walk.next = exchange.redirectTarget
        if let data = exchange.redirectedData {
          walk.exchanges.append(data)
        } else if walk.next == nil {
          walk.failure = "redirects to what is no http or https address"
        }
      }
    }
  }
}
