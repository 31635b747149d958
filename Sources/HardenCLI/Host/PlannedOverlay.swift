import HostState

extension Overlay {
  /// The files and accounts as these steps leave them, for a tool that looks at the planned host.
  ///
  /// Modes and owners are those at the end; what becomes of a file that is there and whose text nobody read stays as it
  /// is.
  init(planned steps: [Step], on known: Observations) {
    self.init()
    var host = known
    var revised: Set<Path> = []
    for step in steps {
      host.fold(step)
      switch step.action {
      case .write(let path, let contents, let mode, let owner, _):
        entries[path] = .file(contents: contents, mode: mode, owner: owner)
      case .makeDirectory(let path, let mode, let owner): entries[path] = .directory(mode: mode, owner: owner)
      case .link(let path, let target): entries[path] = .link(target: target)
      case .remove(let path, _): entries[path] = .removed
      case .setMode(let path, _), .setOwner(let path, _): revised.insert(path)
      default: break
      }
      for effect in step.effects {
        switch effect {
        case .accounts(let change): accounts.append(change)
        // A home that useradd makes.
        case .answers(.file(let path), .there(.file(let status))) where status.kind == .directory:
          entries[path] = .directory(mode: status.mode, owner: status.owner)
        default: break
        }
      }
    }
    for path in revised {
      guard case .there(.file(let status))? = host.answer(.file(path: path)) else { continue }
      if status.kind == .directory {
        entries[path] = .directory(mode: status.mode, owner: status.owner)
      } else if case .there(.text(let text))? = host.answer(.contents(path: path)) {
        entries[path] = .file(contents: text, mode: status.mode, owner: status.owner)
      }
    }
  }
}
