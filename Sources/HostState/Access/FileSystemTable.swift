/// What `/etc/fstab` has a boot mount: fstab(5), systemd-fstab-generator(8).
package struct FileSystemTable: Sendable {
  /// One line of it.
  package struct Line: Hashable, Sendable {
    /// `/dev/sda1`, `UUID=…`, `/srv/homes`
    package let what: String
    package let point: Path
    package let options: [String]

    /// Whether a boot mounts it, at once or when somebody first looks there (systemd.mount(5), “fstab”).
    package var isAtBoot: Bool {
      let automatic = options.last { $0 == "auto" || $0 == "noauto" }
      if automatic != "noauto" { return true }
      return options.contains { option in
        ["x-systemd.automount", "comment=systemd.automount"].contains(option)
          || ["x-systemd.wanted-by=", "x-systemd.required-by="].contains(where: option.hasPrefix)
      }
    }

    /// The folder that it shows a second time.
    package var bound: Path? {
      what.hasPrefix("/") && (options.contains("bind") || options.contains("rbind")) ? Path(what) : nil
    }

    /// The device's node, or a link to it.
    package var device: Path? {
      if what.hasPrefix("/dev/") { return Path(what) }
      for (tag, folder) in [
        ("UUID=", "uuid"), ("LABEL=", "label"), ("PARTUUID=", "partuuid"), ("PARTLABEL=", "partlabel"),
      ] where what.hasPrefix(tag) {
        let name = what.dropFirst(tag.count).filter { $0 != "\"" }
        return name.isEmpty || name.contains("/") ? nil : Path("/dev/disk/by-\(folder)/\(name)")
      }
      return nil
    }
  }

  package let lines: [Line]

  package static let path: Path = "/etc/fstab"

  package init(_ text: String) {
    lines = text.lines.compactMap { line in
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard words.count >= 3, !words[0].hasPrefix("#"), words[1].hasPrefix("/"), words[2] != "swap" else { return nil }
      return Line(
        what: MountName.unescaped(words[0]), point: Path(MountName.unescaped(words[1])),
        options: words.count > 3 ? words[3].split(separator: ",").map(String.init) : [])
    }
  }
}
