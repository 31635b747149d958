import Glibc
import HostState

/// Contents of files, each under its digest, readable by root alone.
struct BlobStore {
  let directory: Path

  /// Keeps bytes and has them on disk before it returns.
  func keep(_ bytes: [UInt8]) throws(Diagnostic) -> String {
    let digest = SHA256.hex(bytes)
    if try SafeFiles.status(directory / digest) != nil { return digest }
    try StatePaths.makeDirectory(directory)
    try SafeFiles.write(directory / digest, bytes, mode: 0o600, user: geteuid(), group: getegid())
    return digest
  }

  func bytes(_ digest: String) throws(Diagnostic) -> [UInt8] {
    guard let bytes = try SafeFiles.read(directory / digest), SHA256.hex(bytes) == digest else {
      throw .lost(digest, directory)
    }
    return bytes
  }
}

extension Diagnostic {
  fileprivate static func lost(_ digest: String, _ directory: Path) -> Diagnostic {
    Diagnostic(
      "Kept file lost",
      detail: "What a file held before harden changed it was kept as \(directory / digest), and is gone or damaged. "
        + "It cannot be put back.",
      fix: "Put it there again from a backup, then undo again; with --force an undo goes on without it.")
  }
}
