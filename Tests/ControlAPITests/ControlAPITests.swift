import Ingest
import TestSupport
import Testing

@testable import ControlAPI

@Suite("The HTTP API", .fewAtATime, .timeLimit(.minutes(5)))
struct ControlAPITests {
    @Test("asks for its token everywhere but at the probes")
    func token() async throws {
        try await TestBridge.run(token: "s3cret") { bridge in
            for path in ["/healthz", "/readyz"] { #expect(try await bridge.ask("GET", path).status == 200) }
            for (method, path) in [("GET", "/status"), ("GET", "/metrics"), ("POST", "/events"), ("GET", "/nowhere"), ("PUT", "/status")] {
                let body = method == "GET" ? nil : "{}"
                let missing = try await bridge.ask(method, path, [:], body)
                #expect(missing.status == 401 && missing.code == "Unauthorized")
                #expect(missing.field("www-authenticate") == #"Bearer realm="twinroute""#)
                for wrong in ["s3cre", "s3cret1", "S3cret", "s3crets3cret"] {
                    let answer = try await bridge.ask(method, path, ["authorization": "Bearer \(wrong)"], body)
                    #expect(answer.status == 401 && answer.field("www-authenticate")?.contains("invalid_token") == true)
                    #expect(!answer.text.contains("s3cret"))
                }
            }
            #expect(try await bridge.ask("GET", "/status", ["authorization": "bearer s3cret"]).status == 200)
            #expect(bridge.intake.statistics.received == 0)
        }
    }

    @Test("tokens are equal only byte for byte", arguments: [
        ("a", "a", true), ("a", "b", false), ("", "a", false), ("aa", "a", false), ("a", "aa", false), ("ab", "ba", false),
    ])
    func equality(given: String, expected: String, isEqual: Bool) {
        #expect(BearerToken.areEqual(Array(given.utf8), Array(expected.utf8)) == isEqual)
    }

    @Test("says what it does not know in the shape of its errors")
    func unknown() async throws {
        try await TestBridge.run { bridge in
            let missing = try await bridge.ask("GET", "/nowhere?x=1")
            #expect(missing.status == 404 && missing.code == "NotFound")
            let method = try await bridge.ask("PUT", "/events", [:], "{}")
            #expect(method.status == 405 && method.code == "MethodNotAllowed" && method.field("allow") == "POST")
            #expect(try await bridge.ask("POST", "/status").field("allow") == "GET, HEAD")
        }
    }

    @Test("shows the counters as JSON and for Prometheus")
    func figures() async throws {
        try await TestBridge.run { bridge in
            _ = try await bridge.ask("POST", "/events", ["content-type": "text/plain"], "x")
            let status = try await bridge.ask("GET", "/status").text
            #expect(status.contains(#""refused":{"unsupported-mode":1}"#) && status.contains(#""eventsStored":0"#))
            let metrics = try await bridge.ask("GET", "/metrics")
            #expect(metrics.field("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(metrics.text.contains(#"twinroute_received_total{source="ht\"tp"} 1"# + "\n"))
            #expect(metrics.text.contains(#"twinroute_refused_total{source="ht\"tp",reason="unsupported-mode"} 1"# + "\n"))
            #expect(metrics.text.contains("# TYPE twinroute_journal_events gauge\ntwinroute_journal_events 0\n"))
        }
    }
}
