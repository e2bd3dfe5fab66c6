import Testing

@testable import Ingest

@Suite("Event times")
struct EventTimeFormatterTests {
    @Test("are RFC 3339 in UTC with seven fractional digits", arguments: [
        (Int64(0), "1970-01-01T00:00:00.0000000Z"),
        (1, "1970-01-01T00:00:00.0000001Z"),
        (-1, "1969-12-31T23:59:59.9999999Z"),
        (15_229_494_601_234_567, "2018-04-05T17:31:00.1234567Z"),
        (17_091_648_000_000_000, "2024-02-29T00:00:00.0000000Z"),
        (17_092_511_999_999_999, "2024-02-29T23:59:59.9999999Z"),
        (-22_089_888_000_000_000, "1900-01-01T00:00:00.0000000Z"),
        (41_024_448_000_000_000, "2100-01-01T00:00:00.0000000Z"),
    ])
    func format(ticks: Int64, text: String) {
        var formatter = EventTimeFormatter()
        #expect(formatter.format(ticks: ticks) == text)
        #expect(formatter.format(ticks: ticks) == text, "the kept second gives the same text again")
    }
}
