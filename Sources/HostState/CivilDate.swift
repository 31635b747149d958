/// Days since 1970 of a date of the Gregorian calendar: years begin in March here, so that the leap day is their last.
package func daysSince1970(year: Int, month: Int, day: Int) -> Int {
  let year = month <= 2 ? year - 1 : year
  let (era, yearOfEra) = (year / 400, year % 400)
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}
