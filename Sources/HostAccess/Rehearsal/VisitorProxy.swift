import Foundation
import Glibc
import HostState
import SystemCalls

/// This binary started again as a `ProxyCommand` of ssh_config(5): it carries what ssh says over a connection from a
/// visitor's address to an sshd of its own.
public enum VisitorProxy {
  static let argument = "__visit"
  private static let mark = "harden: "

  /// Why there was no connection to carry; nil where there was one.
  static func trouble(in errors: String) -> String? {
    errors.lines.first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count).prefix(200)) }
  }

  /// The command for `ProxyCommand`.
  ///
  /// - Parameter program: this binary, by a path that is good in another process.
  static func command(_ program: Path, _ connection: VisitorConnection, daemon arguments: [String]) -> String {
    ([program.text, argument, connection.source, connection.target, "\(connection.port)"] + arguments)
      .map(Command.quoted).joined(separator: " ")
  }

  /// Carries the connection and exits, when this process was started for that; else returns at once.
  public static func runIfAsked(_ arguments: [String]) {
    guard arguments.count > 5, arguments[1] == argument, let port = UInt16(arguments[4]) else { return }
    do {
      try carry(
        VisitorConnection(from: arguments[2], to: arguments[3], port: port), to: Array(arguments.dropFirst(5)))
      exit(0)
    } catch {
      FileHandle.standardError.write(Data("\(mark)\(error.reason)\n".utf8))
      exit(1)
    }
  }

  private static func carry(_ connection: VisitorConnection, to daemon: [String]) throws(OverlayHelper.Failure) {
    if let obstacle = connection.obstacle { throw OverlayHelper.Failure(obstacle) }
    let door = try connection.openDoor()
    let client = try OverlayHelper.Failure.descriptor("the visitor's end", harden_client(connection.source))
    let begun = harden_connect(client.number, connection.target, connection.port)
    try OverlayHelper.Failure.check("connecting to \(connection.target)", begun == EINPROGRESS ? 0 : begun)
    guard let served = try ServingDaemon(at: door, arguments: daemon, errors: STDERR_FILENO) else {
      throw OverlayHelper.Failure("no connection to \(connection.target)")
    }
    _ = fcntl(client.number, F_SETFL, 0)
    pass(STDIN_FILENO, client.number, STDOUT_FILENO)
    served.end()
  }

  /// Passes on what comes from `input` to `socket` and what comes from there to `output`, until that ends.
  private static func pass(_ input: Int32, _ socket: Int32, _ output: Int32) {
    var ends = [input, socket].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while true {
      guard poll(&ends, 2, -1) > 0 else {
        if errno == EINTR { continue }
        return
      }
      if ends[1].revents != 0, !move(socket, output) { return }
      if ends[0].revents != 0, !move(input, socket) {
        shutdown(socket, Int32(SHUT_WR))
        ends[0].fd = -1
      }
    }
  }

  /// - Returns: false at the end.
  private static func move(_ from: Int32, _ to: Int32) -> Bool {
    var room = [UInt8](repeating: 0, count: 65_536)
    let count = read(from, &room, room.count)
    guard count > 0 else { return count < 0 && errno == EINTR }
    var written = 0
    while written < count {
      let step = room[written..<count].withUnsafeBytes { write(to, $0.baseAddress, $0.count) }
      guard step > 0 else { return false }
      written += step
    }
    return true
  }
}
