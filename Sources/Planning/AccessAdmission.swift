import HostState
import Resources

// MARK: Whom sshd lets in

extension AccessChain {
  /// Whom sshd admits by a key alone, and to a shell: sshd_config(5).
  func admission(
    of account: Account, _ accounts: Accounts, _ effective: SSHDEffective, _ visitor: Operator
  ) throws(Stop) {
    let admission = SSHDAdmission(of: account, accounts, effective, from: visitor.address)
    for verdict in [admission.lists, admission.byKey, admission.shell] {
      switch verdict {
      case .admitted: break
      case .refused(let why): throw .broken("sshd", why)
      case .unknown(let what): throw .unknown(what)
      }
    }
  }
}
