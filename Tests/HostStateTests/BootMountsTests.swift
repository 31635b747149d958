import Testing

@testable import HostState

@Suite("Mounts: now, and after a boot")
struct BootMountsTests {
  private let key: Path = "/home/deploy/.ssh/authorized_keys"

  /// Lines of mountinfo beneath a root on `/dev/sda1`.
  private func table(_ lines: [String], root: String = "8:1 / / rw - ext4 /dev/sda1 rw") -> MountTable {
    MountTable((["20 1 \(root)"] + lines).joined(separator: "\n") + "\n")
  }

  /// Why the key is not there after a boot.
  ///
  /// - Parameter units: `NAME PROPERTY=VALUE;…`; what a file of theirs is not said to be is active and by nobody.
  private func objection(
    _ lines: [String], fstab: String = "", units: [String] = [], isContainer: Bool = false, real: [Path: Path] = [:],
    root: String = "8:1 / / rw - ext4 /dev/sda1 rw"
  ) -> String? {
    var mounts = BootMounts(table: table(lines, root: root), lines: FileSystemTable(fstab))
    mounts.isContainer = isContainer
    mounts.real = real
    let blocks = (["-.mount ActiveEnterTimestampMonotonic=4000000"] + units).map { unit in
      let parts = unit.split(separator: " ", maxSplits: 1)
      return "Id=\(parts[0])\nActiveState=active\n" + parts[1].split(separator: ";").joined(separator: "\n")
    }
    mounts.learn(blocks.joined(separator: "\n\n") + "\n")
    return mounts.objection(to: key)
  }

  private let home = "30 20 8:1 /data/home /home rw shared:2 - ext4 /dev/sda1 rw"
  private let byHand = "home.mount FragmentPath=;ActiveEnterTimestampMonotonic=90000000"
  private let own =
    "home.mount FragmentPath=/etc/systemd/system/home.mount;ActiveEnterTimestampMonotonic=90000000"
  private let ofTable =
    "home.mount FragmentPath=/run/systemd/generator/home.mount;SourcePath=/etc/fstab;UnitFileState=generated;"
    + "ActiveEnterTimestampMonotonic=90000000"

  @Test("what a login mounts is no fact that a saved plan rests on, by whichever table", arguments: ["self", "1"])
  func ofTheMoment(_ process: String) {
    #expect(BootMounts.isOfTheMoment(.contents(path: Path("/proc/\(process)/mountinfo"))))
    #expect(!BootMounts.isOfTheMoment(.contents(path: "/etc/fstab")))
  }

  @Test("what somebody mounted by hand is not there after a boot")
  func byHands() {
    #expect(objection([home], units: [byHand])?.contains("/home was mounted by hand") == true)
    #expect(
      objection([home], fstab: "/data/home /home none bind,noauto 0 0", units: [ofTable])?.contains("noauto") == true)
    // Whoever is logged in wants their home; that brings nothing at a boot.
    let wanted = ofTable + ";WantedBy=session-3.scope user@1000.service;RequiredBy=home-x.mount"
    #expect(objection([home], fstab: "/data/home /home none bind,noauto", units: [wanted])?.contains("noauto") == true)
    let off = "\(own);UnitFileState=disabled"
    #expect(objection([home], units: [off])?.contains("systemctl enable home.mount") == true)
    let transient = byHand + ";FragmentPath=/run/systemd/transient/home.mount;WantedBy=local-fs.target"
    #expect(objection([home], units: [transient])?.contains("by hand") == true)
    let masked = "\(own);LoadState=masked;UnitFileState=masked"
    #expect(objection([home], fstab: "/data/home /home none bind", units: [masked])?.contains("unmask") == true)
  }

  @Test("what a boot mounts is let pass, by whomever it is mounted")
  func brought() {
    for line in [
      "/data/home /home none bind", "UUID=1 /home/ ext4 defaults,nofail 0 2",
      "x:/home /home nfs noauto,x-systemd.automount",
      "/dev/vg/home /home ext4 noauto,x-systemd.wanted-by=multi-user.target",
      "a /home b noauto,auto",
    ] {
      #expect(objection([home], fstab: "# /home\n\(line)\n", units: [ofTable]) == nil, "\(line)")
    }
    let enabled = "\(own);UnitFileState=enabled"
    #expect(objection([home], units: [enabled]) == nil)
    let automatic = byHand + ";FragmentPath=/run/systemd/generator.late/home.mount;RequiredBy=local-fs.target"
    #expect(objection([home], units: [automatic]) == nil)
    let switched = "home.automount FragmentPath=/etc/systemd/system/home.automount;UnitFileState=enabled"
    #expect(objection([home], units: [byHand, switched]) == nil)
    #expect(objection(["30 20 0:30 / /home rw - zfs tank/home rw"], units: [byHand]) == nil)
    let served = ["30 20 0:30 / /home rw - autofs auto.home rw", "31 30 0:31 / /home/deploy rw - nfs4 x:/deploy rw"]
    #expect(objection(served, units: [byHand]) == nil)
    // The root is there, whatever it is; and so is what was mounted before systemd began.
    #expect(objection([], units: [byHand], root: "0:30 / / rw - overlay overlay rw") == nil)
    #expect(objection([home], units: ["home.mount FragmentPath=;ActiveEnterTimestampMonotonic=4000090"]) == nil)
    #expect(objection([home], units: ["home.mount FragmentPath=;ActiveEnterTimestampMonotonic=4900000"]) != nil)
    #expect(objection([home], units: ["home.mount FragmentPath="], isContainer: true) == nil)
    #expect(objection([home], units: [byHand], isContainer: true)?.contains("who starts this container") == true)
    #expect(objection([home], units: ["home.mount ActiveState=inactive"]) == nil)
  }

  @Test("what a boot mounts over the key, and is not mounted now, hides it")
  func covered() {
    let line = "/data/home /home none bind,nofail 0 0"
    #expect(objection([], fstab: line)?.contains("mount it first (mount /home)") == true)
    #expect(objection([], fstab: line, units: ["home.mount LoadState=masked;UnitFileState=masked-runtime"]) != nil)
    #expect(objection([], fstab: line, units: ["home.mount LoadState=masked;UnitFileState=masked"]) == nil)
    #expect(objection([], fstab: "/dev/sdb1 /home/deploy ext4 defaults")?.contains("/dev/sdb1 at /home/deploy") == true)
    #expect(objection([], fstab: "/dev/sdb1 /home ext4 noauto") == nil)
    let others = "/dev/sdb1 /homes ext4 defaults\nUUID=2 none swap sw 0 0\nUUID=1 / ext4 defaults"
    #expect(objection([], fstab: others) == nil)
    // In a container, systemd leaves out devices, and nothing else.
    #expect(objection([], fstab: "LABEL=home /home ext4 defaults", isContainer: true) == nil)
    #expect(objection([], fstab: line, isContainer: true) != nil)
    let unit = "home.mount FragmentPath=/etc/systemd/system/home.mount;UnitFileState=enabled;ActiveState=inactive"
    #expect(objection([], units: [unit])?.contains("systemctl start home.mount first") == true)
    // What lies within what a boot mounts is mounted after it.
    let inner = "30 20 8:17 / /home/deploy rw - ext4 /dev/sdb1 rw"
    let both = "/dev/sdc1 /home ext4 nofail\n/dev/sdb1 /home/deploy ext4 nofail"
    let unitOfInner = ofTable.replacing("home.mount", with: "home-deploy.mount", maxReplacements: 1)
    #expect(objection([inner], fstab: both, units: [unitOfInner]) == nil)
  }

  @Test("what a boot mounts there must be what is mounted now")
  func other() {
    let bind = "/data/home /home none bind"
    #expect(objection([home], fstab: bind, units: [ofTable], real: ["/data/home": "/data/home"]) == nil)
    #expect(
      objection([home], fstab: "/srv/x /home none bind", units: [ofTable], real: ["/srv/x": "/srv/x"])?
        .contains("a boot mounts /srv/x there") == true)
    // The source lies on a mount of its own, which shows a folder of its file system.
    let data = "25 20 8:17 /@data /data rw - btrfs /dev/sdb1 rw"
    let shown = "30 20 8:17 /@data/home /home rw - btrfs /dev/sdb1 rw"
    let unitOfData = "data.mount FragmentPath=;ActiveEnterTimestampMonotonic=90000000"
    let real: [Path: Path] = ["/data/home": "/data/home"]
    func bound(_ more: String) -> String? {
      objection([data, shown], fstab: bind + more, units: [ofTable, unitOfData], real: real)
    }
    #expect(bound("\nLABEL=data /data btrfs defaults") == nil)
    #expect(bound("")?.contains("/data was mounted by hand") == true)
    let volume = "30 20 8:17 / /home rw - ext4 /dev/sdb1 rw"
    let byUUID = "UUID=ab /home ext4 defaults"
    for (node, isSame) in [("/dev/sdb1", true), ("/dev/sdc1", false)] {
      let nodes: [Path: Path] = ["/dev/disk/by-uuid/ab": Path(node), "/dev/sdb1": "/dev/sdb1"]
      #expect((objection([volume], fstab: byUUID, units: [ofTable], real: nodes) == nil) == isSame)
    }
    // Whether a device that is not there is another one, nobody can say.
    #expect(objection([volume], fstab: byUUID, units: [ofTable], real: ["/dev/sdb1": "/dev/sdb1"]) == nil)
    let over = "31 30 8:33 / /home rw - ext4 /dev/sdc1 rw"
    #expect(objection([volume, over], fstab: byUUID, units: [ofTable])?.contains("was mounted at /home over") == true)
    let twice = "31 30 8:1 /data/home /home rw - ext4 /dev/sda1 rw"
    #expect(objection([home, twice], fstab: bind, units: [ofTable]) == nil)
  }

  @Test("a mount that another covers does not hold what is seen")
  func holders() {
    let table = table([
      "30 20 8:17 / /home/deploy rw - ext4 /dev/sdb1 rw", "31 20 8:33 / /home rw - ext4 /dev/sdc1 rw",
      #"32 31 8:49 / /home/my\040disk rw shared:1 master:2 - ext4 /dev/sdd1 rw"#,
    ])
    #expect(table.holders(of: key).map(\.id) == [20, 31])
    #expect(table.holders(of: "/home/my disk/x").map(\.id) == [20, 31, 32])
    #expect(table.holders(of: "/homes").map(\.id) == [20])
    #expect(MountTable("").holders(of: "/") == [])
    #expect(MountTable("1 2 3 - x\n\n- - - - - - - - -\n").mounts == [])
  }

  @Test("names of mount points, in tables and as units")
  func names() {
    #expect(MountName.unescaped(#"/srv/my\040disk"#) == "/srv/my disk")
    #expect(MountName.unescaped(#"/srv/a\134b\9"#) == #"/srv/a\b\9"#)
    #expect(MountName.mount("/srv/a-b") == #"srv-a\x2db.mount"#)
    #expect(MountName.mount("/home/deploy/.ssh") == "home-deploy-.ssh.mount")
    #expect(MountName.automount("/.x") == #"\x2ex.automount"#)
    #expect(MountName.mount("/") == "-.mount")
  }

  @Test(
    "days as dates",
    arguments: [(0, "1970-01-01"), (-1, "1969-12-31"), (19_782, "2024-02-29"), (20_787, "2026-11-30")])
  func dates(_ day: Int, _ date: String) {
    #expect(civilDate(daysSince1970: day) == date)
  }
}
