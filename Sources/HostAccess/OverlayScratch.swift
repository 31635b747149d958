import HostState

/// The same question about a copy of its configuration, for hosts that forbid mount namespaces.
enum ScratchCopy {
  static func run(_ command: Command, over overlay: Overlay) -> OverlayRunner.Overlaid {
    .init(outcome: .notStarted(reason: "this host allows no mount namespace, so nothing can be laid over"), note: nil)
  }
}
