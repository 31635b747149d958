import HostState
import HostTesting

/// Whoever answers inquiries: the host itself, or one that was recorded.
protocol Respondent: Sendable {
  func answers(to inquiries: Set<Inquiry>) -> [Inquiry: Answer<Fact>]
}

extension SimulatedHost: Respondent {
  func answers(to inquiries: Set<Inquiry>) -> [Inquiry: Answer<Fact>] {
    var answers: [Inquiry: Answer<Fact>] = [:]
    for inquiry in inquiries { answers[inquiry] = answer(inquiry) }
    return answers
  }
}
