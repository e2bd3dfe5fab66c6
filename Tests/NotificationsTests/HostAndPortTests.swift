import Notifications
import Testing

@Suite("Hosts and ports")
struct HostAndPortTests {
    @Test(
        "are read and written alike",
        arguments: [
            ("h", "h", nil), ("a.example:1", "a.example", 1), ("[::1]:65535", "::1", 65_535), ("[fe80::1]", "fe80::1", nil),
            ("127.0.0.1:80", "127.0.0.1", 80), ("my_service:5672", "my_service", 5672),
        ] as [(String, String, Int?)])
    func valid(text: String, host: String, port: Int?) throws {
        let read = try HostAndPort(parsing: text)
        #expect(read == HostAndPort(host: host, port: port))
        #expect(read.description == text)
    }

    @Test(
        "are refused otherwise",
        arguments: [
            ("", .badHost), ("a b", .badHost), ("a..b", .badHost), ("-a", .badHost), ("[::1", .badHost), ("[x]", .badHost),
            ("[::1]x", .badHost), ("h:", .badPort), ("h:+1", .badPort), ("h:0", .badPort), ("h:65536", .badPort),
            ("h:1:2", .badPort), ("h:99999999999999999999", .badPort), ("h:١", .badPort),
        ] as [(String, HostAndPortError)])
    func invalid(text: String, error: HostAndPortError) {
        #expect(throws: error) { try HostAndPort(parsing: text) }
    }

    @Test("know what only this machine can reach")
    func loopback() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] { #expect(HostAndPort(host: host, port: nil).isLoopback) }
        for host in ["0.0.0.0", "127.evil.example", "::", "example"] { #expect(!HostAndPort(host: host, port: nil).isLoopback) }
    }
}
