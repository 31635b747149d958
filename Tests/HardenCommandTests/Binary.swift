import Foundation
import Testing

/// The built binary, run as a user runs it.
struct Binary {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Beside the test bundle, where SwiftPM puts both.
  static var path: String {
    get throws {
      let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      let candidates = [bundle, URL(fileURLWithPath: FileManager.default.currentDirectoryPath + "/.build/debug")]
      let found = candidates.map { $0.appendingPathComponent("harden").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
      return try #require(found, "the binary was not built")
    }
  }

  /// A copy that everybody may run: where the build lies, another user may not be able to look.
  static func copy(in folder: borrowing Folder) throws -> String {
    let copy = folder.path + "/harden"
    try FileManager.default.copyItem(atPath: try path, toPath: copy)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
    return copy
  }

  static func run(_ arguments: String..., directory: String? = nil) throws -> Result {
    try run(arguments, directory: directory)
  }

  static func run(
    _ arguments: [String], asNobody copy: String? = nil, environment: [String: String] = [:],
    directory: String? = nil, input: String = ""
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try copy ?? path)
    process.arguments = arguments
    if let copy, getuid() == 0 {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
      process.arguments = ["--reuid=65534", "--regid=65534", "--clear-groups", copy] + arguments
    }
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent"]
      .merging(environment) { _, new in new }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let (output, errors, standardInput) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = standardInput
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    // What is written there is a few kilobytes and fits a pipe, so one can be read after the other.
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let messages = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: text, errors: messages)
  }
}
