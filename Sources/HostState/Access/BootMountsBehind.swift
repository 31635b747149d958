extension BootMounts {
  /// Where what lies at a place lies as well, itself first: what is bound there lies somewhere, too. Learns on the way where
  /// folders and devices that are mounted really are.
  ///
  /// - Parameters:
  ///   - place: a path with no links in it.
  ///   - real: where a path leads to; nil where it is not there.
  /// - Throws: what `real` throws.
  package mutating func places<Failure: Error>(
    behind place: Path, real find: (Path) throws(Failure) -> Path?
  ) throws(Failure) -> [Path] {
    var places = [place]
    var next = 0
    while next < places.count, places.count < 8 {
      let lines = lines(above: places[next])
      var sources = lines.compactMap { $0.bound ?? $0.device }
      if let source = table.holders(of: places[next]).last?.source, source.hasPrefix("/dev/") {
        sources.append(Path(source))
      }
      next += 1
      for source in sources where real[source] == nil {
        guard let found = try find(source) else { continue }
        real[source] = found
        if lines.contains(where: { $0.bound == source }), !places.contains(found) { places.append(found) }
      }
    }
    return places
  }
}
