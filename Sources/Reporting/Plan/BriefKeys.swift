import HostState
import Planning

/// Fingerprints of keys cut to eight characters, as people tell keys apart; `--verbose` shows them whole.
func withBriefKeys(_ text: String) -> String {
  let mark = "SHA256:"
  let parts = text.split(separator: mark, omittingEmptySubsequences: false)
  guard parts.count > 1, let first = parts.first else { return text }
  return parts.dropFirst().reduce(String(first)) { result, part in
    // SHA-256 in base64 without padding (ssh-keygen(1)).
    let digest = part.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "/") }
    guard digest.count == 43 else { return result + mark + part }
    return result + mark + digest.prefix(8) + "…" + part.dropFirst(digest.count)
  }
}

extension Plan {
  /// The plan with fingerprints cut in everything that is read.
  var withBriefKeys: Plan {
    var plan = self
    for section in plan.sections.indices {
      for item in plan.sections[section].items.indices {
        plan.sections[section].items[item].changes = sections[section].items[item].changes.map { change in
          var change = change
          change.before = change.before.map(Reporting.withBriefKeys)
          change.after = change.after.map(Reporting.withBriefKeys)
          return change
        }
        plan.sections[section].items[item].notes = sections[section].items[item].notes.map(Reporting.withBriefKeys)
      }
    }
    plan.access.timeline = access.timeline.map(Reporting.withBriefKeys)
    for index in access.rehearsals.indices {
      plan.access.rehearsals[index].words = Reporting.withBriefKeys(access.rehearsals[index].words)
    }
    return plan
  }
}
