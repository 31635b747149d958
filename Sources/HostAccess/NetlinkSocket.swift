import Glibc

extension NetlinkText {
  /// Sends a request over a netlink socket, which is closed then, and hears all answers.
  ///
  /// - Returns: the answers and the error number, 0 for none; nil where the kernel does not answer.
  static func ask(_ request: [UInt8], over number: Int32) -> (answers: [Message], error: Int32)? {
    guard number >= 0 else { return nil }
    let socket = Descriptor(number)
    guard send(socket.number, request, request.count, 0) == request.count else { return nil }
    var answers: [Message] = []
    var room = [UInt8](repeating: 0, count: 65_536)
    while true {
      var waiting = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 1000) == 1 else { return nil }
      let count = recv(socket.number, &room, room.count, 0)
      guard count > 0 else { return nil }
      for message in messages(Array(room[..<count])) {
        switch message.type {
        // NLMSG_DONE
        case 3: return (answers, 0)
        // NLMSG_ERROR: also, with 0, that it was done.
        case 2: return (answers, message.error)
        default: answers.append(message)
        }
      }
    }
  }
}
