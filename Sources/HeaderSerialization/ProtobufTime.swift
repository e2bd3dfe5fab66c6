import SwiftProtobuf

/// RFC 3339 text as a protobuf timestamp, where nothing is lost.
enum ProtobufTime {
    /// Nil where the text that comes back would not be the same: another offset than `Z`, digits
    /// beyond the ninth, a leap second, small letters.
    static func timestamp(_ text: String) -> Google_Protobuf_Timestamp? {
        guard let milliseconds = RFC3339.milliseconds(text), let nanoseconds = nanoseconds(text) else { return nil }
        let inSecond = ((milliseconds % 1000) + 1000) % 1000
        let time = Google_Protobuf_Timestamp(seconds: (milliseconds - inSecond) / 1000, nanos: nanoseconds)
        return self.text(time) == text ? time : nil
    }

    /// The digits after the point, as billionths.
    private static func nanoseconds(_ text: String) -> Int32? {
        guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        let digits = text.utf8[text.utf8.index(after: point)...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard digits.count <= 9, let value = Int32(String(Substring(digits))) else { return nil }
        return (digits.count..<9).reduce(value) { value, _ in value * 10 }
    }

    /// In UTC, with 0, 3, 6, 7 or 9 decimals: 7, as .NET writes, where they are enough and 6 are not.
    static func text(_ time: Google_Protobuf_Timestamp) -> String {
        // Seconds beyond what RFC 3339 can write are brought into its range.
        let seconds = min(max(time.seconds, -62_167_219_200), 253_402_300_799)
        let whole = String(RFC3339.text(milliseconds: seconds * 1000).prefix(19))
        guard time.nanos > 0, time.nanos < 1_000_000_000 else { return whole + "Z" }
        let all = String(time.nanos)
        let padded = String(repeating: "0", count: 9 - all.utf8.count) + all
        let needed = 9 - padded.reversed().prefix { $0 == "0" }.count
        let shown = [3, 6, 7, 9].first { $0 >= needed } ?? 9
        return "\(whole).\(padded.prefix(shown))Z"
    }
}
