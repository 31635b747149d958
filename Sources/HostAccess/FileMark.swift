import HostState
import SystemCalls

/// A mark by which not even root can change a file: chattr(1).
enum FileMark: String, CaseIterable {
  case immutable
  case appendOnly = "append-only"

  /// The mark on a file or directory that is open for reading, since FS_IOC_GETFLAGS refuses O_PATH; nil where none is.
  init?(on descriptor: Descriptor) {
    guard let status = descriptor.status(), status.isFile || status.isDirectory else { return nil }
    var flags = 0
    guard harden_inode_flags(descriptor.number, &flags) == 0 else { return nil }
    if flags & harden_flag_immutable != 0 {
      self = .immutable
    } else if flags & harden_flag_append_only != 0 {
      self = .appendOnly
    } else {
      return nil
    }
  }

  var flag: String { self == .immutable ? "i" : "a" }
}

extension Diagnostic {
  private static let longest = 6

  /// - Parameter tree: where they lie, if there may be many of them.
  static func marked(_ paths: [Path], _ mark: FileMark, in tree: Path? = nil) -> Diagnostic {
    let isOne = paths.count == 1
    let names = paths.map(\.text).listed(first: longest)
    let quoted = paths.map { Command.quoted($0.text) }.joined(separator: " ")
    return Diagnostic(
      isOne ? "File \(mark.rawValue)" : "Files \(mark.rawValue)",
      detail:
        "\(names) \(isOne ? "is" : "are") marked \(mark.rawValue) (chattr +\(mark.flag)): not even root can change "
        + "\(isOne ? "it" : "them"). Somebody meant that; harden does not take such a mark away.",
      fix: paths.count > longest && tree != nil
        ? "lsattr -R \(Command.quoted(tree?.text ?? ""))" : "chattr -\(mark.flag) \(quoted)")
  }
}
