import Foundation
import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("Files that a user names")
struct UserFilesTests {
  private static func fault(_ body: () throws(Diagnostic) -> Void) -> Diagnostic? {
    do throws(Diagnostic) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  private static func withPipe(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "harden-pipe-\(UUID().uuidString)"
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    try body(path)
  }

  /// Writes after a while, as a program does that has to think first.
  private static func write(_ parts: [String], to path: String) -> Thread {
    let thread = Thread {
      usleep(200_000)
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      for part in parts {
        _ = part.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        usleep(200_000)
      }
      close(descriptor)
    }
    thread.start()
    return thread
  }

  @Test("what a power cut left of a file of harden's own goes with the next write, and with the file")
  func stateFile() throws {
    let folder = NSTemporaryDirectory() + "harden-state-\(UUID().uuidString)"
    try UserFiles.makePrivateDirectory(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = "\(folder)/recipe.json"
    func names() -> [String]? { try? FileManager.default.contentsOfDirectory(atPath: folder) }
    try "half of it, and longer than what comes".write(toFile: "\(file).new", atomically: false, encoding: .utf8)
    try UserFiles.writeState("whole", to: file)
    #expect(names() == ["recipe.json"])
    #expect(try UserFiles.text(of: file) == "whole")
    try "half".write(toFile: "\(file).new", atomically: false, encoding: .utf8)
    try UserFiles.removeState(file, withEmptyDirectory: folder)
    #expect(names() == nil)
  }

  @Test("a device and a pipe are written into, a link is followed, and all of them stay")
  func notReplaced() throws {
    let folder = NSTemporaryDirectory() + "harden-kept-\(UUID().uuidString)"
    try UserFiles.makePrivateDirectory(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func kind(_ name: String) -> mode_t {
      var status = stat()
      return lstat("\(folder)/\(name)", &status) == 0 ? status.st_mode & S_IFMT : 0
    }
    let (pipe, link, file) = ("\(folder)/pipe", "\(folder)/link", "\(folder)/file")
    try #require(mkfifo(pipe, 0o600) == 0)
    let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    defer { close(reader) }
    try UserFiles.write("through it", to: pipe, mode: 0o600, replacing: false)
    var read = [UInt8](repeating: 0, count: 64)
    #expect(Glibc.read(reader, &read, read.count) == 10)
    #expect(kind("pipe") == S_IFIFO)

    try #require(symlink("file", link) == 0)
    try "old".write(toFile: file, atomically: false, encoding: .utf8)
    try UserFiles.write("new", to: link, mode: 0o600, replacing: true)
    #expect(kind("link") == S_IFLNK)
    #expect(try UserFiles.text(of: file) == "new")

    let full = Self.fault { () throws(Diagnostic) in
      try UserFiles.write("text", to: "/dev/full", mode: 0o600, replacing: true)
    }
    #expect(full?.summary == "File not written")
    var status = stat()
    #expect(lstat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test("a named pipe is read from its first writer to its end")
  func namedPipe() throws {
    try Self.withPipe { path in
      _ = Self.write(["a = 1\n", "b = 2\n"], to: path)
      let text = try UserFiles.text(of: path)
      #expect(text == "a = 1\nb = 2\n")
      _ = Self.write([], to: path)
      let nothing = try UserFiles.text(of: path)
      #expect(nothing?.isEmpty == true)
    }
  }

  @Test("a pipe between processes is read to its end, also one whose writer has gone")
  func unnamedPipe() throws {
    let text = try #require(String(bytes: [UInt8](repeating: 0x61, count: 9000), encoding: .utf8))
    for written in [text, ""] {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      defer { close(ends[0]) }
      _ = written.withCString { Glibc.write(ends[1], $0, strlen($0)) }
      close(ends[1])
      let read = try UserFiles.text(of: "/proc/self/fd/\(ends[0])")
      #expect(read == written)
    }
  }

  @Test("a pipe that says nothing is no empty file, and holds nobody up")
  func silentPipe() throws {
    try Self.withPipe { path in
      let silent = Self.fault { () throws(Diagnostic) in _ = try UserFiles.text(of: path, patience: 1) }
      #expect(silent?.detail == "“\(path)” is a pipe, and nothing came through it for 1 s.")
      let writer = open(path, O_RDWR | O_CLOEXEC)
      defer { close(writer) }
      _ = Glibc.write(writer, "abc", 3)
      let stuck = Self.fault { () throws(Diagnostic) in _ = try UserFiles.text(of: path, patience: 1) }
      #expect(stuck?.summary == "File not readable")
      _ = Glibc.write(writer, "abc", 3)
      let long = Self.fault { () throws(Diagnostic) in _ = try UserFiles.text(of: path, limit: 2, patience: 1) }
      #expect(long?.summary == "File too long")
    }
  }
}
