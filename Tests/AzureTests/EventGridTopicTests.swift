import Azure
import Testing

@Suite("An Event Grid topic's address")
struct EventGridTopicTests {
    @Test(
        "is a host, or the path of a namespace's publish call",
        arguments: [
            ("t.westeurope-1.eventgrid.azure.net", "https://t.westeurope-1.eventgrid.azure.net/api/events?api-version=2018-01-01"),
            (" https://t.example.net/api/events/ ", "https://t.example.net/api/events?api-version=2018-01-01"),
            ("localhost:8443", "https://localhost:8443/api/events?api-version=2018-01-01"),
            ("http://[::1]:80", "http://[::1]:80/api/events?api-version=2018-01-01"),
            ("n.example.net/topics/twin-events:publish", "https://n.example.net/topics/twin-events:publish?api-version=2024-06-01"),
        ])
    func accepted(text: String, url: String) throws {
        #expect(try EventGridTopic(parsing: text).publishURL == url)
    }

    @Test(
        "has no other form",
        arguments: [
            ("", EventGridTopicError.badHost("")),
            ("a b", .badHost("a b")),
            ("t.example.net/api/other", .badPath("t.example.net/api/other")),
            ("n.example.net/topics/a?b:publish", .badPath("n.example.net/topics/a?b:publish")),
            ("http://t.example.net", .plainText("http://t.example.net")),
        ])
    func refused(text: String, error: EventGridTopicError) {
        #expect(throws: error) { try EventGridTopic(parsing: text) }
        #expect(!error.remedy.isEmpty && "\(error)".contains("'\(text)'"))
    }
}
