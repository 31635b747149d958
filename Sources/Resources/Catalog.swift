/// Every kind of resource there is, one line each. A new kind is one file and one line here.
public enum Catalog {
  public static let kinds: [any Resource.Type] = [
    Apache.self,
    ApacheSandbox.self,
    Certificate.self,
    DropIn.self,
    FilePermissions.self,
    FileTree.self,
    Firewall.self,
    FormerFile.self,
    GroupMember.self,
    HostName.self,
    JournalLimits.self,
    KernelSettings.self,
    ManagerSettings.self,
    ModuleBlacklist.self,
    Package.self,
    SSHDaemon.self,
    SecretsFile.self,
    SecurityUpdates.self,
    Site.self,
    StaticSite.self,
    SudoLogging.self,
    TimeZone.self,
    User.self,
    FormerUser.self,
  ]
}
