import Notifications
import Testing

@Suite("Nearest names")
struct SpellingTests {
    private let known = ["session", "sessionExpiry", "keepAlive", "qos"]

    @Test(
        "are those with few letters wrong",
        arguments: [
            ("sesionExpiry", "sessionExpiry"), ("keepalive", "keepAlive"), ("keepAliev", "keepAlive"), ("qso", "qos"),
            ("QOS", "qos"), ("zzz", nil), ("", nil), (String(repeating: "x", count: 100_000), nil),
        ])
    func nearest(typed: String, expected: String?) {
        #expect(Spelling.nearest(to: typed, among: known) == expected)
    }
}
