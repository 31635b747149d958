import RecipeDSL

/// What browsers do with the Content-Security-Policy that Apache sends.
enum PagePolicy: String, InputChoice {
  case enforced
  case reportOnly = "report-only"
  case application

  var headers: SecurityHeaders {
    switch self {
    case .enforced: .strict
    case .reportOnly: .reportOnly
    case .application: .policyOfApplication
    }
  }
}
