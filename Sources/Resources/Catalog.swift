/// Every kind of resource there is. A new kind is one file and one line here.
public enum Catalog {
  public static let kinds: [any Resource.Type] = [
    DropIn.self,
    FileTree.self,
    FormerFile.self,
    SecretsFile.self,
    SSHDaemon.self,
  ]
}
