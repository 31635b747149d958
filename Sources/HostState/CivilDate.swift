/// Days since 1970 of a date of the Gregorian calendar: years begin in March here, so that the leap day is their last.
package func daysSince1970(year: Int, month: Int, day: Int) -> Int {
  let year = month <= 2 ? year - 1 : year
  let (era, yearOfEra) = (year / 400, year % 400)
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// `2027-11-25` of a number of days since 1970.
package func civilDate(daysSince1970 days: Int) -> String {
  let shifted = days + 719_468
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let (month, day) = ((5 * dayOfYear + 2) / 153, dayOfYear - (153 * ((5 * dayOfYear + 2) / 153) + 2) / 5 + 1)
  let civil = month < 10 ? month + 3 : month - 9
  func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(yearOfEra + era * 400 + (civil <= 2 ? 1 : 0))-\(padded(civil))-\(padded(day))"
}
