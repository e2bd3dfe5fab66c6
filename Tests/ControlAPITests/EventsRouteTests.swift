import Ingest
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite("POST /events", .fewAtATime, .timeLimit(.minutes(5)))
struct EventsRouteTests {
    private static let structured = "application/cloudevents+json"
    private static let batch = "application/cloudevents-batch+json; charset=utf-8"
    private static let binary = [
        "ce-specversion": "1.0", "ce-id": "b-1", "ce-source": "/plants/7", "ce-type": "com.example.seen",
        "ce-subject": "caf%C3%A9", "ce-colour": "deep%20red", "content-type": "application/json",
    ]

    private static func event(_ id: String, _ more: String = "") -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/plants/7","type":"com.example.seen","subject":"s"\#(more)}"#
    }

    @Test("takes the three modes, in order and with all they carry")
    func modes() async throws {
        try await TestBridge.run { bridge in
            let answers = [
                try await bridge.ask("POST", "/events", Self.binary, #"{"n":1}"#),
                try await bridge.post(Self.structured, Self.event("s-1", #","data":{"n":2}"#)),
                try await bridge.post(Self.batch, "[\(Self.event("a")),\(Self.event("b", #","data":[3]"#))]"),
            ]
            #expect(answers.map(\.status) == [202, 202, 202])
            #expect(answers.map(\.text) == [#"{"accepted":1}"#, #"{"accepted":1}"#, #"{"accepted":2}"#])
            let events = try await bridge.reader.next(maximumEvents: 10, maximumBytes: 1 << 20).map(\.notification)
            #expect(events.map(\.id) == ["b-1", "s-1", "a", "b"])
            #expect(events.map { String(decoding: $0.body, as: UTF8.self) } == [#"{"n":1}"#, #"{"n":2}"#, "", "[3]"])
            #expect(events[0].subject == "café" && events[0].extensions.map(\.name) == ["colour"])
            #expect(events.map { $0.sequence?.rawValue } == [1, 1, 2, 3])
            #expect(events.allSatisfy { $0.traceParent != nil })
            #expect(bridge.intake.statistics.journalled == 4)
        }
    }

    @Test("an empty batch is taken")
    func emptyBatch() async throws {
        try await TestBridge.run { bridge in
            let answer = try await bridge.post(Self.batch, "[]")
            #expect(answer.text == #"{"accepted":0}"#)
        }
    }

    @Test("a batch with bad events is refused whole, and each of them is named")
    func badBatch() async throws {
        try await TestBridge.run { bridge in
            let bad = #"{"specversion":"1.0","source":"s","type":"t"}"#
            let answer = try await bridge.post(
                Self.batch, "[\(Self.event("a")),\(bad),\(Self.event("b")),\(Self.event("c", #","Big":1"#))]")
            #expect(answer.status == 400 && answer.code == "InvalidEvents")
            #expect(answer.details.map { $0["index"] as? Int } == [1, 3])
            #expect(answer.details.map { $0["code"] as? String } == ["missing-attribute", "invalid-attribute-name"])
            #expect(answer.details.map { $0["target"] as? String } == ["id", "attribute 'Big'"])
            let statistics = bridge.intake.statistics
            #expect(statistics.received == 4 && statistics.returned == 2 && statistics.journalled == 0)
            #expect(statistics.refused == ["missing-attribute": 1, "invalid-attribute-name": 1])
            #expect(bridge.journal.statistics.eventsAppended == 0)
        }
    }

    @Test("what is no event is refused with the reason and counted", arguments: [
        ("text/plain", "hello", 415, "unsupported-mode"),
        ("application/cloudevents+xml", "<event/>", 415, "unsupported-mode"),
        ("application/cloudevents+json", "{", 400, "body-not-json"),
        ("application/cloudevents-batch+json", "[{},", 400, "body-not-json"),
    ])
    func notEvents(type: String, body: String, status: Int, label: String) async throws {
        try await TestBridge.run { bridge in
            let answer = try await bridge.post(type, body)
            #expect(answer.status == status)
            #expect(bridge.intake.statistics.refused == [label: 1])
        }
    }

    @Test("a batch has at most ten thousand events")
    func tooMany() async throws {
        try await TestBridge.run { bridge in
            let answer = try await bridge.post(Self.batch, "[" + String(repeating: "1,", count: 10_000) + "1]")
            #expect(answer.status == 400 && answer.details.count == 1)
            #expect(bridge.intake.statistics.refused == ["too-many": 1])
        }
    }

    @Test("an answer lists at most a hundred bad events")
    func manyBad() async throws {
        try await TestBridge.run { bridge in
            let answer = try await bridge.post(Self.batch, "[" + String(repeating: "1,", count: 500) + "1]")
            #expect(answer.details.count == 100)
            #expect((answer.error["message"] as? String)?.hasPrefix("501 events") == true)
        }
    }

    @Test("an event above the limit is 413, and so is a request")
    func tooLarge() async throws {
        try await TestBridge.run { bridge in
            let text = String(repeating: "x", count: 100_001)
            let event = try await bridge.post(Self.structured, Self.event("a", #","datacontenttype":"text/plain","data":"\#(text)""#))
            #expect(event.status == 413 && event.code == "PayloadTooLarge")
            let request = try await bridge.ask("POST", "/events", Self.binary, String(repeating: "1", count: (4 << 20) + 1))
            #expect(request.status == 413 && request.code == "PayloadTooLarge")
            #expect(bridge.intake.statistics.refused == ["payload-too-large": 2])
        }
    }

    @Test("while the journal cannot store, senders are told to come again, and then it goes on")
    func failingJournal() async throws {
        try await TestBridge.run { bridge in
            let data = String(repeating: "x", count: 90_000)
            let event = Self.event("a", #","datacontenttype":"text/plain","data":"\#(data)""#)
            try bridge.journal.limitGrowth(toPages: 2)
            let refused = try await bridge.post(Self.structured, event)
            #expect(refused.status == 503 && refused.code == "JournalUnavailable")
            #expect(refused.field("retry-after") == "5")
            #expect(bridge.intake.statistics.returned == 1)
            try bridge.journal.limitGrowth(toPages: nil)
            #expect(try await bridge.post(Self.structured, event).status == 202)
            #expect(try await bridge.reader.next(maximumEvents: 10, maximumBytes: 1 << 20).count == 1)
        }
    }

    @Test("at a limit that blocks, senders are told which and to come again, and then it goes on")
    func closedGate() async throws {
        try await TestBridge.run { bridge in
            #expect(try await bridge.post(Self.structured, Self.event("a")).status == 202)
            try bridge.journal.setLimits(["hub": BacklogLimits(bytes: 1, whenFull: .block)])
            let refused = try await bridge.post(Self.structured, Self.event("b"))
            #expect(refused.status == 503 && refused.code == "LimitReached")
            #expect(refused.field("retry-after") == "5")
            #expect(bridge.intake.statistics.returned == 1)
            try bridge.journal.setLimits([:])
            #expect(try await bridge.post(Self.structured, Self.event("b")).status == 202)
            #expect(bridge.intake.statistics.journalled == 2)
        }
    }

    @Test("a closed journal is 503 too")
    func closedJournal() async throws {
        try await TestBridge.run { bridge in
            bridge.journal.close()
            let answer = try await bridge.post(Self.structured, Self.event("a"))
            #expect(answer.status == 503)
        }
    }
}
