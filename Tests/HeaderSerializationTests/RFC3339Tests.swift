import HeaderSerialization
import TestSupport
import Testing

@Suite("RFC 3339 times")
struct RFC3339Tests {
    @Test("Times and their milliseconds", arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.999999999Z", 999), ("1969-12-31T23:59:59Z", -1000),
        ("2030-01-31T12:00:00.123Z", 1_896_091_200_123), ("2030-01-31t13:00:00+01:00", 1_896_091_200_000),
        ("2030-01-31T10:30:00-01:30", 1_896_091_200_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("1990-12-31T23:59:60Z", 662_687_999_000),
    ] as [(String, Int64)])
    func valid(_ text: String, _ milliseconds: Int64) {
        #expect(RFC3339.milliseconds(text) == milliseconds)
    }

    @Test("What is no time", arguments: [
        "", "Z", "yesterday", "2030-01-31", "2030-01-31T12:00:00", "2030-01-31 12:00:00Z", "2030-13-01T00:00:00Z",
        "2030-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2030-04-31T00:00:00Z", "2030-01-31T24:00:00Z",
        "2030-01-31T12:60:00Z", "2030-01-31T12:00:61Z", "2030-01-31T12:00:00.Z", "2030-01-31T12:00:00Zx",
        "2030-01-31T12:00:00+0100", "2030-01-31T12:00:00+24:00", "2030-01-31T12:00:00+01:0", "２030-01-31T12:00:00Z",
        "2030-1-31T12:00:00Z0", "2030-00-10T12:00:00Z", "2030-01-00T12:00:00Z",
    ])
    func invalid(_ text: String) {
        #expect(RFC3339.milliseconds(text) == nil)
    }

    @Test("Milliseconds come back from the text")
    func roundTrip() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(seed: seed)
        for _ in 0..<10_000 {
            let time = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            #expect(RFC3339.milliseconds(RFC3339.text(milliseconds: time)) == time, "seed \(seed)")
        }
        #expect(RFC3339.text(milliseconds: .max) == "9999-12-31T23:59:59.999Z")
        #expect(RFC3339.text(milliseconds: .min) == "0000-01-01T00:00:00.000Z")
    }
}
