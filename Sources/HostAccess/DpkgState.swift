import Glibc
import HostState

/// What dpkg has noted of packages.
enum DpkgState {
  static let folder: Path = "/var/lib/dpkg/info"

  /// The packages that were unpacked since then, and those that are not as they should be; sorted.
  ///
  /// - Parameter time: in seconds since 1970.
  static func unpacked(since time: Int, _ runner: ProcessRunner) -> [String] {
    let format = "${binary:Package} ${db:Status-Status} ${db:Status-Eflag}\n"
    let query = Command("/usr/bin/dpkg-query", ["--show", "--showformat", format])
    let lists = Set(Processes.names(in: folder.text).filter { $0.hasSuffix(".list") })
    return packages(in: runner.run(query).result?.output ?? "") { name in
      // Names of packages that exist for one architecture alone are without it there.
      let short = name.split(separator: ":").first.map(String.init) ?? name
      guard let list = ["\(name).list", "\(short).list"].first(where: lists.contains),
        let status = try? SafeFiles.status(folder / list)
      else { return true }
      return status.st_mtim.tv_sec >= time
    }
  }

  /// The configuration files of these packages that were not empty when dpkg put them there, and became so since then;
  /// what somebody had emptied before stays as it is.
  ///
  /// - Parameter time: in seconds since 1970.
  static func emptied(of packages: [String], since time: Int, _ runner: ProcessRunner) -> [Path] {
    let query = Command("/usr/bin/dpkg-query", ["--show", "--showformat", "${Conffiles}\n", "--"] + packages)
    return configurationFiles(in: runner.run(query).result?.output ?? "").filter { isEmptied($0, since: time) }
  }

  /// The files of `/etc` that a script of one of these packages names, and that became empty since then, sorted: what it
  /// copied there without fsync(2), as ucf(1) does. The script takes them for somebody's edit, and leaves them as they are.
  ///
  /// - Parameters:
  ///   - time: in seconds since 1970.
  ///   - scripts: where dpkg keeps the packages' scripts.
  static func leftEmpty(
    by packages: [String], since time: Int, in settings: Path = "/etc", scripts folder: Path = folder
  ) -> [Path] {
    let empty = emptied(in: settings, since: time)
    guard !empty.isEmpty else { return [] }
    let scripts = packages.flatMap { name in
      // Of a package of which there may be more than one architecture the name has it, even where dpkg's list does not.
      Set([name, String(name.prefix { $0 != ":" })]).flatMap { owner in
        ["preinst", "postinst", "config"].flatMap { SafeFiles.lines(of: folder / "\(owner).\($0)") }
      }
    }
    let named = Set(scripts.flatMap(names(in:)))
    return empty.filter { named.contains($0.name) }
  }

  /// The words of a line that may be a file's name, without the folders before it.
  static func names(in line: Substring) -> [String] {
    line.split { !($0.isLetter || $0.isNumber || "._-+@".contains($0)) }.map(String.init)
  }

  /// All files in a folder and those below it that became empty since then, sorted.
  private static func emptied(in folder: Path, since time: Int) -> [Path] {
    Processes.names(in: folder.text).sorted().flatMap { name -> [Path] in
      let entry = folder / name
      if (try? SafeFiles.status(entry))?.isDirectory == true { return emptied(in: entry, since: time) }
      return isEmptied(entry, since: time) ? [entry] : []
    }
  }

  static func isEmptied(_ file: Path, since time: Int) -> Bool {
    guard let status = try? SafeFiles.status(file) else { return false }
    return status.isEmptyFile && status.st_ctim.tv_sec >= time
  }

  /// Of lines such as ` /etc/default/ufw 6a54…` those whose digest is not that of nothing. What has a third word is no
  /// more in the package (`obsolete`), which would not bring it back.
  static func configurationFiles(in output: String) -> [Path] {
    output.lines.compactMap { line in
      let words = line.split(separator: " ")
      let isFile = words.count == 2 && words[0].hasPrefix("/") && words[1] != "d41d8cd98f00b204e9800998ecf8427e"
      return isFile ? Path(String(words[0])) : nil
    }
  }

  /// Of the lines of a query, the packages whose state or list of files says that they were touched.
  static func packages(in output: String, isRecent: (String) -> Bool) -> [String] {
    output.lines.compactMap { line -> String? in
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count == 3 else { return nil }
      switch (fields[1], fields[2]) {
      case ("not-installed", _), ("config-files", _): return nil
      case ("installed", "ok"): return isRecent(fields[0]) ? fields[0] : nil
      default: return fields[0]
      }
    }.sorted()
  }
}
