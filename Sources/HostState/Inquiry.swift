/// What will lie at a path once planned steps are done.
public enum PlannedEntry: Hashable, Codable, Sendable {
  case file(contents: String, mode: FileMode, owner: Owner)
  case link(target: String)
  case directory(mode: FileMode, owner: Owner)
  case removed
}

/// Planned writes, laid over the host while a question is asked; nothing on the host itself moves.
public struct Overlay: Hashable, Codable, Sendable {
  public var entries: [Path: PlannedEntry]
  public var accounts: [AccountsChange]

  public init(entries: [Path: PlannedEntry] = [:], accounts: [AccountsChange] = []) {
    (self.entries, self.accounts) = (entries, accounts)
  }
  public var isEmpty: Bool { entries.isEmpty && accounts.isEmpty }
}

/// A probe, and the planned writes under which it is asked: none for the host as it is.
public struct Inquiry: Hashable, Codable, Sendable {
  public let probe: Probe
  public let overlay: Overlay

  public init(_ probe: Probe, over overlay: Overlay = Overlay()) { (self.probe, self.overlay) = (probe, overlay) }
}
