import Foundation
import HostAccess
import HostState

/// What the host remembers: its recipe, and the inputs it was applied with.
struct Memory: Codable, Hashable, Sendable {
  static let format = 1
  static let directory = "/etc/harden"

  var format = Memory.format
  var recipe: String
  /// As they were typed, with the lines of files in place of `@FILE`.
  var inputs: [String: [String]]

  /// What reading came to. Only root may look.
  enum Reading: Hashable, Sendable {
    case nothing
    case remembered(Memory)
    case unreadable

    var memory: Memory? {
      if case .remembered(let memory) = self { memory } else { nil }
    }
  }

  /// What is said where it is unreadable.
  static let hidden = "What this host remembers of its recipe is readable by root alone, and was left out."

  /// - Throws: a `Diagnostic` when a newer harden wrote it, or it is damaged.
  static func read(in directory: String = Memory.directory) throws(Diagnostic) -> Reading {
    let path = "\(directory)/recipe.json"
    let text: String?
    do throws(Diagnostic) {
      text = try UserFiles.text(of: path)
    } catch {
      guard geteuid() != 0 else { throw error }
      return .unreadable
    }
    guard let text else { return .nothing }
    return .remembered(
      try StateFile.decoded(
        Array(text.utf8), newest: format, newer: { .newer(path, $0) }, damaged: .damaged(path)))
  }

  /// Readable by root alone, since inputs name people and addresses.
  func write(in directory: String = Memory.directory) throws(Diagnostic) {
    let (path, text) = ("\(directory)/recipe.json", try JSONText.of(self))
    // Whoever watches /etc takes a file that is written for one that changed.
    if UserFiles.isState(path), (try? UserFiles.text(of: path)) == text { return }
    try UserFiles.makePrivateDirectory(directory)
    try UserFiles.writeState(text, to: path)
  }
}

extension Diagnostic {
  fileprivate static func newer(_ path: String, _ format: Int) -> Diagnostic {
    Diagnostic(
      "State of a newer harden",
      detail: "\(path) has format \(format), and this harden knows formats up to \(Memory.format). A newer harden was "
        + "here, and this one could misread what it left.",
      fix: "Use the newer harden. This one is \(HardenTool.version).")
  }
  fileprivate static func damaged(_ path: String) -> Diagnostic {
    Diagnostic(
      "State not readable", detail: "\(path) is not what harden writes, so the recipe and its inputs are not known.",
      fix: "mv \(path) \(path).damaged")
  }
}
