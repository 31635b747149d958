import HostState

/// The services, timers and sockets that packages brought: packages stay, and so do they.
enum PackageServices {
  private static let folders = ["/lib/systemd/system/", "/usr/lib/systemd/system/"]

  /// Those that run on once all else is taken back, in words that say what would end that.
  ///
  /// - Parameter findings: what is said of the same undo; a unit that it puts back is told by that.
  static func runningOn(
    after packages: [String], besides findings: [UndoFinding], _ runner: ProcessRunner
  ) -> [UndoFinding] {
    var told = Set(findings.filter(\.isTakenBack).map(\.subject))
    var running: [UndoFinding] = []
    for package in packages {
      for unit in units(of: package) {
        let subject = ImageItem.activity(unit: unit).subject
        let state = runner.properties(of: unit, ["SubState", "Triggers"])
        guard isUp(unit, state["SubState"] ?? ""), told.insert(subject).inserted else { continue }
        let why =
          unit.hasSuffix(".service")
          ? words(of: package, Listening.ports(of: unit, runner).sorted())
          : words(of: package, starting: state["Triggers"] ?? "")
        running.append(UndoFinding(subject, .stays(why: why)))
      }
    }
    return running
  }

  static func words(of package: String, _ ports: [UInt16]) -> String {
    let list = ports.map { String($0) }.joined(separator: " and ")
    let listening = ports.isEmpty ? "" : ", listening on port \(list)"
    return "it came with \(package) and runs on\(listening); to end that: apt-get purge \(package)"
  }

  /// Of a timer or a socket.
  static func words(of package: String, starting services: String) -> String {
    let started = services.isEmpty ? "" : " and goes on starting \(services)"
    return "it came with \(package)\(started); to end that: apt-get purge \(package)"
  }

  /// Whether a unit does its work: a timer waits for its time, a socket for whoever connects.
  static func isUp(_ unit: String, _ state: String) -> Bool {
    if unit.hasSuffix(".timer") { return ["waiting", "running"].contains(state) }
    if unit.hasSuffix(".socket") { return ["listening", "running"].contains(state) }
    return state == "running"
  }

  private static func units(of package: String) -> [String] {
    let names = Processes.names(in: DpkgState.folder.text)
    // Where a package may be there for more than one architecture, the list names it.
    let lists = names.filter { $0 == "\(package).list" || ($0.hasPrefix("\(package):") && $0.hasSuffix(".list")) }
    return units(in: lists.sorted().flatMap { SafeFiles.lines(of: DpkgState.folder / $0) })
  }

  /// Of the files of a package the services, timers and sockets; what is only a pattern for some (`NAME@.service`) is left out.
  static func units(in files: [Substring]) -> [String] {
    files.compactMap { file in
      guard let folder = folders.first(where: { file.hasPrefix($0) }) else { return nil }
      let name = file.dropFirst(folder.count)
      let isUnit = [".service", ".timer", ".socket"].contains { name.hasSuffix($0) }
      return isUnit && !name.contains("/") && !name.contains("@") ? String(name) : nil
    }
  }
}
