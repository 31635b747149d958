/// The name of a kernel setting: sysctl.d(5).
///
/// What parts it first tells how it is written: `net.ipv4.conf.eth0/5.rp_filter` and `net/ipv4/conf/eth0.5/rp_filter` are
/// the same, of an interface with a dot in its name.
package enum SysctlKey {
  /// Where the kernel keeps it.
  package static func path(_ key: String) -> Path { Path("/proc/sys/" + (isSlashed(key) ? key : swapped(key))) }

  /// The same name, parted by dots.
  package static func dotted(_ key: String) -> String { isSlashed(key) ? swapped(key) : key }

  /// The name of an interface as it stands in a key that begins like this, and back: the dot of `eth0.5` parts nothing.
  package static func swapped(_ interface: String, in key: String) -> String {
    isSlashed(key) ? interface : swapped(interface)
  }

  private static func isSlashed(_ key: String) -> Bool { key.first { $0 == "." || $0 == "/" } == "/" }

  /// With dots for slashes and slashes for dots.
  private static func swapped(_ key: String) -> String { String(key.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 }) }
}
