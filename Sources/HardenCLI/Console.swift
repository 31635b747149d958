import Foundation
import HostState

/// Where results and messages go, and where answers come from.
///
/// The result is on standard output; everything else is on standard error.
struct Console: Sendable {
  let outputIsTerminal = isatty(1) == 1
  let errorsAreTerminal = isatty(2) == 1
  let inputIsTerminal = isatty(0) == 1
  let userID = geteuid()
  let environment = ProcessInfo.processInfo.environment

  func print(_ text: String) { write(text, to: 1) }

  /// Why a part of the result is lost, a full disk for instance; nil where nothing is. That its reader went away is its
  /// reader's affair.
  var lost: Loss? { losses.first }
  private let losses = Losses()
  func note(_ text: String) { write(text, to: 2) }

  /// `NO_COLOR` (no-color.org) counts when it is set to anything.
  var outputHasColour: Bool { outputIsTerminal && allowsColour }
  var errorsHaveColour: Bool { errorsAreTerminal && allowsColour }
  private var allowsColour: Bool { (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb" }

  /// What was typed after the question; nil where nobody can be asked or nothing more comes.
  func ask(_ question: String) -> String? {
    guard inputIsTerminal else { return nil }
    note(question)
    return readLine()
  }

  /// Standard input without its last newline; at a terminal one line, not echoed.
  func readSecret(_ question: String) -> String? {
    guard inputIsTerminal else {
      let bytes = (try? FileHandle.standardInput.readToEnd()) ?? Data()
      guard let text = String(data: bytes, encoding: .utf8) else { return nil }
      // A line end of Windows is one character.
      return ["\n", "\r\n"].contains(text.last) ? String(text.dropLast()) : text
    }
    note(question)
    var quiet = termios()
    tcgetattr(0, &quiet)
    let before = quiet
    quiet.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(0, TCSAFLUSH, &quiet)
    defer {
      var loud = before
      tcsetattr(0, TCSAFLUSH, &loud)
      note("\n")
    }
    return readLine()
  }

  /// All of the text, whatever `write(2)` takes at a time; a reader that went away is no reason to stop.
  private func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        if descriptor == 1, errno != EPIPE { losses.first = losses.first ?? Loss(code: errno) }
        return
      }
    }
  }

  /// Opens those of the three that the caller closed: the next file would be taken for one of them. Standard output is
  /// not opened for writing, so that a result that goes nowhere is seen as lost.
  static func openStandardStreams() {
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == 1 ? O_RDONLY : O_RDWR)
    }
  }

  /// 64 programs at once with three pipes each, and what is read meanwhile.
  static let filesNeeded = 256
  private static let filesWanted: rlim_t = 1024

  /// Raises the soft limit of open files as far as the hard one allows and harden can use.
  ///
  /// - Returns: whether they are enough.
  static func raiseFileLimit() -> Bool {
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { return true }
    if limit.rlim_cur < filesWanted, limit.rlim_max > limit.rlim_cur {
      limit.rlim_cur = min(limit.rlim_max, filesWanted)
      _ = setrlimit(kind, &limit)
      _ = getrlimit(kind, &limit)
    }
    return limit.rlim_cur >= rlim_t(filesNeeded)
  }

  /// Written and read on the thread that prints.
  private final class Losses: @unchecked Sendable {
    var first: Loss?
  }

  /// Why a write failed.
  struct Loss {
    /// `errno`.
    let code: Int32
    var reason: String { code == EBADF ? "it is closed" : String(cString: strerror(code)) }
    var fix: String? { code == ENOSPC ? "df -h" : nil }
  }
}

extension Console {
  /// Columns of a terminal; 100 where there is none, so that files and logs do not depend on who looks.
  func width(of descriptor: Int32) -> Int {
    var size = winsize()
    guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
    return min(160, Int(size.ws_col))
  }
}
