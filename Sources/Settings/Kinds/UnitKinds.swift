/// A number with a unit: `500ms`, `1h30m`, `2GiB`.
private struct Quantity {
    let number: Int
    let unit: Substring

    /// Splits a text into quantities; `nil` if it is something else or a number overflows.
    static func sequence(_ text: String) -> [Quantity]? {
        var quantities: [Quantity] = []
        var rest = text[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Int(digits), !unit.isEmpty || rest.isEmpty else { return nil }
            quantities.append(Quantity(number: number, unit: unit))
        }
        return quantities.isEmpty ? nil : quantities
    }
}

extension Kind where Value == Duration {
    private static var units: [(name: String, milliseconds: Int)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
    }

    /// A duration with units, largest first. `wholeSeconds` refuses fractions where a protocol has none.
    static func duration(_ range: ClosedRange<Duration>, wholeSeconds: Bool = false) -> Kind {
        .scalar("a duration such as 500ms, 90s, 1h30m or 7d", show: { "`\(shown($0))`" }) { text in
            guard let quantities = Quantity.sequence(text.value) else {
                return .failure(Problem("\(text.quoted) is no duration"))
            }
            if quantities.count == 1, quantities[0].unit.isEmpty {
                return .failure(Problem("\(text.quoted) has no unit", remedy: "write ms, s, m, h or d after the number"))
            }
            var milliseconds = 0
            var previous = Int.max
            for quantity in quantities {
                guard let unit = units.first(where: { $0.name == quantity.unit }) else {
                    return .failure(Problem("\(text.quoted) has an unknown unit", remedy: "write ms, s, m, h or d"))
                }
                guard unit.milliseconds < previous else {
                    return .failure(Problem("\(text.quoted) has its units out of order", remedy: "write the largest first"))
                }
                previous = unit.milliseconds
                let (product, overflowed) = quantity.number.multipliedReportingOverflow(by: unit.milliseconds)
                let (sum, carried) = milliseconds.addingReportingOverflow(product)
                guard !overflowed, !carried else { return .failure(Problem("\(text.quoted) is too long")) }
                milliseconds = sum
            }
            let value = Duration.milliseconds(milliseconds)
            guard range.contains(value) else {
                return .failure(
                    Problem(
                        "\(text.quoted) is out of range",
                        remedy: "write from \(shown(range.lowerBound)) to \(shown(range.upperBound))"))
            }
            guard !wholeSeconds || milliseconds % 1000 == 0 else {
                return .failure(Problem("\(text.quoted) is no number of whole seconds", remedy: "round it to seconds"))
            }
            return .success(value)
        }
    }

    private static func shown(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        var text = ""
        for unit in units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text.isEmpty ? "0s" : text
    }
}

extension Kind where Value == Int {
    private static var byteUnits: [(name: String, bytes: Int)] {
        [
            ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
            ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("KB", 1000), ("B", 1),
        ]
    }

    /// A number of bytes with a unit.
    static func byteSize(_ range: ClosedRange<Int>) -> Kind {
        .scalar("a size such as 64KiB, 500MB or 2GiB", show: { "`\(shownBytes($0))`" }) { text in
            guard let quantities = Quantity.sequence(text.value), quantities.count == 1 else {
                return .failure(Problem("\(text.quoted) is no size"))
            }
            let quantity = quantities[0]
            guard let unit = byteUnits.first(where: { $0.name == quantity.unit }) else {
                return .failure(
                    Problem(
                        quantity.unit.isEmpty ? "\(text.quoted) has no unit" : "\(text.quoted) has an unknown unit",
                        remedy: "write B, KiB, MiB, GiB or TiB, or kB, MB, GB or TB, after the number"))
            }
            let (bytes, overflowed) = quantity.number.multipliedReportingOverflow(by: unit.bytes)
            guard !overflowed, range.contains(bytes) else {
                return .failure(
                    Problem(
                        "\(text.quoted) is out of range",
                        remedy: "write from \(shownBytes(range.lowerBound)) to \(shownBytes(range.upperBound))"))
            }
            return .success(bytes)
        }
    }

    private static func shownBytes(_ bytes: Int) -> String {
        let unit = byteUnits.first { bytes >= $0.bytes && bytes % $0.bytes == 0 }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)B"
    }
}
