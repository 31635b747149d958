import Glibc
import HostState

/// The units of systemd that take a run back when nobody confirms it.
///
/// The timer has both an absolute and a relative time, and the earlier one counts: a clock that is set back or forth
/// while it waits does not put the revert off (systemd.timer(5)). A boot reverts at once: the files before anything reads
/// them, the rest once the daemons are up. A revert that was killed, or could not put everything back, is made again until
/// it is through: it is the last way back in.
enum WindowUnits {
  static let folder: Path = "/etc/systemd/system"
  static let timer = "harden-revert.timer"
  static let service = "harden-revert.service"
  static let boot = "harden-revert-boot.service"
  static let rest = "harden-revert-rest.service"
  static let names = [timer, service, boot, rest]
  /// Those with an [Install] section.
  static let enabled = [timer, boot, rest]
  /// Seconds until a revert that failed is made again.
  static let patience = 20
  /// What systemd remembers of a persistent timer.
  static let stamp: Path = "/var/lib/systemd/timers/stamp-harden-revert.timer"

  /// Their texts by name.
  ///
  /// - Parameter units: those that the run changes; after a reboot they are up before they are changed back.
  static func texts(_ window: ConfirmWindow, program: Path, units: [String]) -> [String: String] {
    // Nothing of systemd's own: its journal has to be there to be written to.
    let daemons = Set(["ssh.service", "ssh.socket", "ufw.service", "apache2.service"])
      .union(units.filter { !$0.hasPrefix("systemd-") }).sorted()
    return [
      timer: """
      [Unit]
      Description=Takes back run \(window.run) of harden unless somebody confirms it

      [Timer]
      OnCalendar=\(utc(window.deadline)) UTC
      OnActiveSec=\(window.seconds)s
      AccuracySec=1s
      Persistent=true

      [Install]
      WantedBy=timers.target

      """,
      service: """
      [Unit]
      Description=Takes back what nobody confirmed
      StartLimitIntervalSec=0

      [Service]
      Type=oneshot
      ExecStart=\(program) revert-window --due
      TimeoutStartSec=infinity
      Restart=on-failure
      RestartSec=\(patience)s

      """,
      boot: """
      [Unit]
      Description=Puts back the files of what nobody confirmed before the reboot
      DefaultDependencies=no
      RequiresMountsFor=\(program.parent)
      After=local-fs.target systemd-journald.service
      Before=sysinit.target systemd-sysctl.service network-pre.target shutdown.target
      Before=\(daemons.joined(separator: " "))
      Conflicts=shutdown.target
      Wants=network-pre.target

      [Service]
      Type=oneshot
      ExecStart=\(program) revert-window --boot
      TimeoutStartSec=infinity

      [Install]
      WantedBy=sysinit.target

      """,
      rest: """
      [Unit]
      Description=Takes back what nobody confirmed before the reboot
      After=network.target dbus.service \(boot) \(daemons.joined(separator: " "))
      StartLimitIntervalSec=0

      [Service]
      Type=oneshot
      ExecStart=\(program) revert-window --rest
      TimeoutStartSec=infinity
      Restart=on-failure
      RestartSec=\(patience)s

      [Install]
      WantedBy=multi-user.target

      """,
    ]
  }

  /// `2026-11-24 04:42:52`, as systemd.time(7) reads it.
  static func utc(_ seconds: Int) -> String {
    var (moment, parts) = (time_t(seconds), tm())
    gmtime_r(&moment, &parts)
    func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday)) "
      + "\(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec))"
  }
}
