import Foundation
import Journal
import Notifications
import TestSupport
import Testing

@testable import ControlAPI

@Suite("Dead letters over HTTP", .fewAtATime, .timeLimit(.minutes(5)))
struct DeadLettersTests {
    /// Events of one device, each put into the dead letters with the condition given.
    private func bury(_ conditions: [String], in bridge: TestBridge) async throws {
        for (index, condition) in conditions.enumerated() {
            let event = Notification(
                id: "e\(index)", source: "s", type: "t", subject: "pump", dataContentType: "application/json",
                body: ArraySlice(#"{"n":\#(index)}"#.utf8))
            _ = try await bridge.journal.append(
                JournalBatch(events: [PendingEvent(notification: event, endpoints: EndpointSet(bits: 1))]))
            let read = try #require(try await bridge.reader.next(maximumEvents: 1, maximumBytes: 1000).first)
            let tries = [DeliveryTry(atMilliseconds: 0, condition: "amqp:released", description: "not now")]
            try await bridge.reader.deadLetter(
                read.offset, reason: DeadLetterReason(condition: condition, description: "why \(index)", tries: tries))
        }
    }

    private func object(_ answer: TestBridge.Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    }

    private func list(_ answer: TestBridge.Answer) throws -> [[String: Any]] {
        try #require(try object(answer)["value"] as? [[String: Any]])
    }

    @Test("are listed page by page, by endpoint and condition, without their bodies")
    func pages() async throws {
        try await TestBridge.run { bridge in
            try await bury(["a:b", "c&d", "a:b", "a:b", "c&d"], in: bridge)
            var ids: [Int] = []
            var link: String? = "/deadletters?limit=2&condition=a:b&endpoint=hub&api-version=1"
            while let path = link {
                let answer = try await bridge.ask("GET", path)
                #expect(answer.status == 200)
                ids += try list(answer).compactMap { $0["id"] as? Int }
                link = try object(answer)["nextLink"] as? String
            }
            #expect(ids == [1, 3, 4])
            let other = try await bridge.ask("GET", "/deadletters?condition=c%26d")
            #expect(try list(other).compactMap { ($0["event"] as? [String: Any])?["id"] as? String } == ["e1", "e4"])
            #expect(!other.text.contains(#""n":"#))
            #expect(try list(try await bridge.ask("GET", "/deadletters?endpoint=nobody")).isEmpty)
            let groups = try list(try await bridge.ask("GET", "/deadletters/groups"))
            #expect(groups.compactMap { $0["condition"] as? String }.sorted() == ["a:b", "c&d"])
            #expect(groups.compactMap { $0["count"] as? Int }.sorted() == [2, 3])
        }
    }

    @Test("one is shown whole, with its event as a CloudEvent and the tries before it")
    func one() async throws {
        try await TestBridge.run { bridge in
            try await bury(["amqp:rejected"], in: bridge)
            let letter = try object(try await bridge.ask("GET", "/deadletters/1"))
            let event = try #require(letter["event"] as? [String: Any])
            #expect(event["specversion"] as? String == "1.0" && event["sequence"] as? String == "1")
            #expect(event["data"] as? [String: Int] == ["n": 0])
            #expect(letter["description"] as? String == "why 0")
            let tries = try #require(letter["tries"] as? [[String: String]])
            #expect(tries == [["at": "1970-01-01T00:00:00.000Z", "condition": "amqp:released", "description": "not now"]])
            #expect(try await bridge.ask("DELETE", "/deadletters/1").status == 204)
            for method in ["GET", "DELETE"] { #expect(try await bridge.ask(method, "/deadletters/1").status == 404) }
        }
    }

    @Test("a body that is not what it claims is shown in base64")
    func broken() async throws {
        try await TestBridge.run { bridge in
            let event = Notification(
                id: "e", source: "s", type: "t", dataContentType: "application/json", body: ArraySlice("{broken".utf8))
            _ = try await bridge.journal.append(
                JournalBatch(events: [PendingEvent(notification: event, endpoints: EndpointSet(bits: 1))]))
            let read = try #require(try await bridge.reader.next(maximumEvents: 1, maximumBytes: 1000).first)
            try await bridge.reader.deadLetter(read.offset, reason: DeadLetterReason(condition: "c", description: "d"))
            let shown = try #require(try object(try await bridge.ask("GET", "/deadletters/1"))["event"] as? [String: Any])
            #expect(shown["data_base64"] as? String == Data("{broken".utf8).base64EncodedString())
        }
    }

    @Test("are redriven with the numbers that they had: a dry run first, some at a time, by filter")
    func redrive() async throws {
        try await TestBridge.run { bridge in
            try await bury(["a", "b", "a", "a"], in: bridge)
            let dry = try await bridge.ask("POST", "/deadletters/redrive", [:], #"{"condition":"a","dryRun":true}"#)
            #expect(try object(dry)["wouldRedrive"] as? Int == 3 && object(dry)["through"] as? Int == 4)
            let first = try object(try await bridge.ask("POST", "/deadletters/redrive", [:], #"{"condition":"a","limit":2}"#))
            #expect(first["redriven"] as? Int == 2 && first["last"] as? Int == 3)
            let rest = try object(try await bridge.ask("POST", "/deadletters/redrive", [:], #"{"condition":"a","after":3}"#))
            #expect(rest["redriven"] as? Int == 1)
            let again = try await bridge.reader.next(maximumEvents: 10, maximumBytes: 10_000)
            #expect(again.map(\.notification.id) == ["e0", "e2", "e3"])
            #expect(again.compactMap { $0.notification.sequence?.rawValue } == [1, 3, 4])
            #expect(try list(try await bridge.ask("GET", "/deadletters")).count == 1)
        }
    }

    @Test("are deleted by filter, and all of them only when that is said")
    func purge() async throws {
        try await TestBridge.run { bridge in
            try await bury(["a", "b", "a"], in: bridge)
            #expect(try await bridge.ask("DELETE", "/deadletters").code == "FilterMissing")
            #expect(try object(try await bridge.ask("DELETE", "/deadletters?condition=a"))["purged"] as? Int == 2)
            #expect(try object(try await bridge.ask("DELETE", "/deadletters?all=true"))["purged"] as? Int == 1)
            #expect(try list(try await bridge.ask("GET", "/deadletters")).isEmpty)
        }
    }

    @Test("requests that are not understood change nothing and say why", arguments: [
        ("GET", "/deadletters?limit=0", nil, "InvalidQuery", "from 1 to 1000"),
        ("GET", "/deadletters?endpont=hub", nil, "UnknownParameter", "did you mean 'endpoint'?"),
        ("GET", "/deadletters?endpoint=a&endpoint=b", nil, "InvalidQuery", "twice"),
        ("GET", "/deadletters?endpoint=%C3", nil, "InvalidQuery", "percent-encoded UTF-8"),
        ("GET", "/deadletters/x", nil, "NotFound", "nothing at this path"),
        ("GET", "/deadletters/-1", nil, "NotFound", "nothing at this path"),
        ("DELETE", "/deadletters?all=yes", nil, "InvalidQuery", "true or false"),
        ("POST", "/deadletters/redrive", "{}", "FilterMissing", "ids"),
        ("POST", "/deadletters/redrive", #"{"all":true,"dryrun":true}"#, "InvalidRequest", "did you mean 'dryRun'?"),
        ("POST", "/deadletters/redrive", #"{"all":true,"limit":1001}"#, "InvalidRequest", "1 to 1000"),
        ("POST", "/deadletters/redrive", #"{"all":"#, "InvalidRequest", "redrive request"),
        ("POST", "/deadletters", "{}", "MethodNotAllowed", "GET, HEAD, DELETE"),
    ])
    func mistakes(method: String, path: String, body: String?, code: String, words: String) async throws {
        try await TestBridge.run { bridge in
            try await bury(["a"], in: bridge)
            let answer = try await bridge.ask(method, path, [:], body)
            #expect(answer.code == code && answer.text.contains(words), "\(answer.text)")
            #expect(try await bridge.journal.deadLetters.count() == 1)
        }
    }
}
