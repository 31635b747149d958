import Testing

@testable import HostAccess

@Suite("Whether a daemon took its configuration in")
struct DaemonSignsTests {
  private func signs(_ main: Int, _ sockets: Set<String>, _ workers: Set<Int> = []) -> DaemonSigns {
    var signs = DaemonSigns(main: 0, ports: [])
    (signs.main, signs.sockets, signs.workers) = (main, sockets, workers)
    return signs
  }

  @Test("another main process, other sockets or further workers tell; what stays as it was does not")
  func newer() {
    let before = signs(7, ["10", "11"], [20, 21])
    #expect(!before.isNewer(than: before))
    #expect(signs(8, ["10", "11"], [20, 21]).isNewer(than: before))
    #expect(signs(7, ["12", "13"]).isNewer(than: before))
    // Not all of its sockets yet.
    #expect(!signs(7, ["10", "13"]).isNewer(than: before))
    #expect(signs(7, ["10", "11"], [22]).isNewer(than: before))
    // Workers that end are no sign: apache2 that cannot bind ends its own.
    #expect(!signs(7, ["10", "11"]).isNewer(than: before))
  }

  @Test("one that keeps its sockets is told by its having been executed anew")
  func executed() {
    func signs(_ main: Int, _ image: [UInt8], _ sockets: Set<String> = ["10"]) -> DaemonSigns {
      var signs = self.signs(main, sockets)
      signs.image = image
      return signs
    }
    let before = signs(7, [1])
    #expect(!before.isExecutedAnew(since: before) && !before.isNewer(than: before))
    #expect(signs(7, [2]).isExecutedAnew(since: before))
    #expect(!signs(7, [2], []).isExecutedAnew(since: before))
    // What could not be read tells nothing.
    #expect(!signs(7, []).isExecutedAnew(since: before) && !before.isExecutedAnew(since: signs(7, [])))
  }

  @Test("nothing that listens, or no process, is no sign of life")
  func nobody() {
    #expect(!signs(8, []).isNewer(than: signs(7, ["10"])))
    #expect(!signs(0, ["10"]).isNewer(than: signs(7, ["11"])))
  }
}
