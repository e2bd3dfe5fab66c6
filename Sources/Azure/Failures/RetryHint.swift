import Foundation

/// How long a far side asks to wait.
enum RetryHint {
    /// From the description of `com.microsoft:server-busy`, which ends like "Please wait 4 seconds
    /// and try again."
    static func inDescription(_ text: String) -> Duration? {
        var words = text.lowercased().split { $0.isWhitespace || $0 == "," || $0 == "." }[...]
        while let wait = words.firstIndex(of: "wait") {
            words = words[(wait + 1)...]
            guard let word = words.first else { return nil }
            let digits = word.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits) else { continue }
            let unit = digits.endIndex == word.endIndex ? words.dropFirst().first.map(String.init) : String(word[digits.endIndex...])
            return duration(number, unit: unit ?? "s")
        }
        return nil
    }

    /// The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
    static func inHeader(_ value: String, now: Date = Date()) -> Duration? {
        let value = String(value.trimmed)
        if let seconds = Int64(value) { return seconds >= 0 ? .seconds(seconds) : nil }
        return HTTPDate.date(value).map { .milliseconds(Int64(max(0, $0.timeIntervalSince(now)) * 1000)) }
    }

    private static func duration(_ number: Int64, unit: String) -> Duration? {
        switch unit {
        case "ms", "millisecond", "milliseconds": .milliseconds(number)
        case "s", "sec", "second", "seconds": .seconds(number)
        case "min", "minute", "minutes": number < 1 << 32 ? .seconds(number * 60) : nil
        default: nil
        }
    }
}
