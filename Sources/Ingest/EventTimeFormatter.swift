/// Writes instants as RFC 3339 in UTC with seven fractional digits, as Azure Digital Twins does
/// (reference 1.2).
///
/// The part up to the second is kept between calls: events come many to a second.
struct EventTimeFormatter {
    private var second: Int64 = .min
    private var prefix: [UInt8] = []

    /// - Parameter ticks: units of 100 ns since 1970-01-01T00:00:00Z.
    mutating func format(ticks: Int64) -> String {
        let (wholeSecond, fraction) = Self.floorDivision(ticks, 10_000_000)
        if wholeSecond != second {
            second = wholeSecond
            prefix = Self.formatSecond(wholeSecond)
        }
        return String(unsafeUninitializedCapacity: prefix.count + 9) { text in
            _ = text.initialize(from: prefix)
            let count = prefix.count
            text[count] = UInt8(ascii: ".")
            var rest = fraction
            for index in stride(from: 7, through: 1, by: -1) {
                text[count + index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            text[count + 8] = UInt8(ascii: "Z")
            return count + 9
        }
    }

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// `YYYY-MM-DDTHH:MM:SS` in the proleptic Gregorian calendar.
    private static func formatSecond(_ second: Int64) -> [UInt8] {
        let (day, secondOfDay) = floorDivision(second, 86_400)
        let (year, month, dayOfMonth) = date(daysSince1970: day)
        var text: [UInt8] = []
        text.reserveCapacity(19)
        func append(_ number: Int64, digits: Int) {
            let decimal = Array(String(number).utf8)
            text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, digits - decimal.count)))
            text.append(contentsOf: decimal)
        }
        append(year, digits: 4)
        text.append(UInt8(ascii: "-"))
        append(month, digits: 2)
        text.append(UInt8(ascii: "-"))
        append(dayOfMonth, digits: 2)
        text.append(UInt8(ascii: "T"))
        append(secondOfDay / 3600, digits: 2)
        text.append(UInt8(ascii: ":"))
        append(secondOfDay / 60 % 60, digits: 2)
        text.append(UInt8(ascii: ":"))
        append(secondOfDay % 60, digits: 2)
        return text
    }

    /// Counts in eras of 400 years that begin on 1 March, so that a leap day is an era's year's last.
    private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let daysToEraStart: Int64 = 719_468  // from 0000-03-01 to 1970-01-01
        let (era, dayOfEra) = floorDivision(daysSince1970 + daysToEraStart, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}
