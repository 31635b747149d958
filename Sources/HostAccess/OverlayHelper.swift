import Foundation
import Glibc
import HostState
import SystemCalls

/// The other side of `OverlayRunner`: the same binary, started again to become a command in a world of its own.
public enum OverlayHelper {
  static let argument = "__overlay"
  private static let exitCode: Int32 = 125
  private static let mark = "harden-overlay: "
  static let forbidden = "no mount namespace of its own"
  private static let nameCache = "/run/nscd/socket"

  /// Becomes the overlaid command when this process was started for that; else returns at once.
  ///
  /// `main` calls it before anything else: `OverlayHelper.runIfAsked(CommandLine.arguments)`.
  public static func runIfAsked(_ arguments: [String]) {
    guard arguments.count == 2, arguments[1] == argument else { return }
    do {
      let request = try JSONDecoder().decode(OverlayRequest.self, from: FileHandle.standardInput.readDataToEndOfFile())
      try become(request)
    } catch let failure as Failure {
      give(failure.reason)
    } catch {
      give("the request could not be read: \(error)")
    }
  }

  struct Failure: Error {
    let reason: String
    var isForbidden: Bool { reason.hasPrefix(forbidden) }

    init(_ reason: String) { self.reason = reason }
    init(_ what: String, _ number: Int32) { reason = "\(what): \(String(cString: strerror(number)))" }
  }

  /// The helper's own failure, as against the command's.
  static func failure(in result: CommandResult) -> Failure? {
    guard result.status == exitCode, result.errors.hasPrefix(mark) else { return nil }
    return Failure(String(result.errors.dropFirst(mark.count).prefix { $0 != "\n" }))
  }

  private static func give(_ reason: String) -> Never {
    FileHandle.standardError.write(Data((mark + reason + "\n").utf8))
    exit(exitCode)
  }

  private static func become(_ request: OverlayRequest) throws(Failure) -> Never {
    try lay(request.entries, request.accounts, lending: request.lent)
    try takeInput(request.command.input ?? "")
    let arguments = ProcessRunner.argumentVector(request.command)
    let environment = ProcessRunner.environment(for: request.command).map { "\($0.key)=\($0.value)" }
    let error = LaunchedProcess.withCStrings(arguments) { vector in
      LaunchedProcess.withCStrings(environment) { variables in
        execve(arguments[0], vector, variables)
        return errno
      }
    }
    throw Failure(arguments[0], error)
  }

  /// Gives this process mounts of its own, with planned entries and accounts over the real paths.
  static func lay(
    _ planned: [OverlayRequest.Entry], _ changes: [AccountsChange], lending lent: LentPassword? = nil
  ) throws(Failure) {
    let failure = harden_private_mounts()
    guard failure == 0 else { throw Failure(forbidden, failure) }
    var entries: [String: OverlayEntry] = [:]
    let accounts = OverlayAccounts(changes, lending: lent)
    for entry in planned { entries[entry.path.text] = try accounts.entry(entry.entry) }
    for (path, text) in accounts.files { entries[path] = try OverlayEntry(replacing: path, with: text) }
    // It answers for accounts ahead of every file, by those that it knows: nscd(8).
    if !accounts.files.isEmpty { entries[nameCache] = OverlayEntry(.removed) }
    for path in lent?.shielded ?? [] { entries[path.text] = OverlayEntry(copying: path) }
    try OverlayMounts(entries).lay()
  }

  private static func takeInput(_ text: String) throws(Failure) {
    let input = harden_memory_file(text, text.utf8.count)
    guard input >= 0, dup2(input, 0) == 0 else { throw Failure("standard input", errno) }
  }
}

/// An entry of an overlay with numbers for names.
struct OverlayEntry {
  enum Kind {
    case file(contents: [UInt8])
    case link(target: String)
    case directory
    case removed
  }
  var kind: Kind
  var mode: mode_t = 0o777
  var user: uid_t = 0
  var group: gid_t = 0

  init(_ kind: Kind, mode: mode_t = 0o777, user: uid_t = 0, group: gid_t = 0) {
    (self.kind, self.mode, self.user, self.group) = (kind, mode, user, group)
  }

  /// Other text for a file that is there, with its mode and owner.
  init(replacing path: String, with text: String) throws(OverlayHelper.Failure) {
    var found = stat()
    guard stat(path, &found) == 0 else { throw OverlayHelper.Failure(path, errno) }
    self.init(
      .file(contents: Array(text.utf8)), mode: found.st_mode & 0o7777, user: found.st_uid, group: found.st_gid)
  }

  /// A file as it is, which may be written to without the host's own being changed; an empty one where there is none.
  init?(copying path: Path) {
    var found = stat()
    guard lstat(path.text, &found) == 0 else {
      self.init(.file(contents: []), mode: 0o600)
      return
    }
    guard found.isFile, case .read(let bytes) = SmallFile.bytes(path.text, followingLinks: false) else { return nil }
    self.init(.file(contents: bytes), mode: found.st_mode & 0o7777, user: found.st_uid, group: found.st_gid)
  }
}
