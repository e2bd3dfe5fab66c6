import AMQP
import Testing

@testable import Azure

@Suite("What failures mean")
struct FailureTableTests {
    @Test("each word has one row")
    func unique() {
        let words = FailureTable.rows.map { "\($0.source) \($0.word)" }
        #expect(Set(words).count == words.count)
    }

    @Test("a condition of a detach or close", arguments: [
        ("com.microsoft:server-busy", FailureKind.throttled), ("amqp:unauthorized-access", .unauthorized),
        ("com.microsoft:auth-failed", .unauthorized), ("amqp:not-found", .gone), ("amqp:link:detach-forced", .transient),
        ("amqp:link:message-size-exceeded", .tooLarge), ("com.microsoft:timeout", .timedOut), ("x:unknown", .transient),
        ("com.microsoft:entity-disabled", .gone), ("amqp:not-allowed", .refused),
    ])
    func endings(_ condition: String, _ kind: FailureKind) {
        for error in [
            AMQPError.linkDetached(ErrorCondition(condition)), .connectionClosed(ErrorCondition(condition)),
            .sessionEnded(ErrorCondition(condition)), .linkRefused(address: "a", ErrorCondition(condition)),
        ] {
            #expect(EndpointFailure(error).kind == kind)
            #expect(EndpointFailure(error).condition == condition)
        }
    }

    @Test("a rejection: final unless a row says otherwise", arguments: [
        ("com.microsoft:server-busy", FailureKind.throttled), ("amqp:internal-error", .transient), ("x:unknown", .refused),
        ("amqp:not-allowed", .refused), ("amqp:link:message-size-exceeded", .tooLarge),
        ("amqp:unauthorized-access", .unauthorized), ("com.microsoft:timeout", .timedOut),
        ("amqp:resource-limit-exceeded", .throttled),
    ])
    func rejections(_ condition: String, _ kind: FailureKind) {
        #expect(EndpointFailure(rejection: ErrorCondition(condition)).kind == kind)
    }

    @Test("a rejection without a condition, released and modified")
    func outcomes() {
        #expect(EndpointFailure(rejection: nil).kind == .refused)
        func kind(_ outcome: Outcome) -> FailureKind? {
            if case .failed(let failure) = DeliveryReport(Settlement(id: 0, outcome: outcome)).outcome { failure.kind } else { nil }
        }
        #expect(kind(.accepted) == nil)
        #expect(kind(.released) == .transient)
        #expect(kind(.modified(deliveryFailed: true, undeliverableHere: false)) == .transient)
        #expect(kind(.modified(deliveryFailed: true, undeliverableHere: true)) == .refused)
        #expect(kind(.rejected(nil)) == .refused)
    }

    @Test("errors without a condition", arguments: [
        (AMQPError.connectFailed(host: "h", port: 1, reason: "r"), FailureKind.transient),
        (.hostNotFound(host: "h", reason: "r"), .transient), (.idleTimeout, .timedOut),
        (.timedOut(.attach, after: .seconds(1)), .timedOut), (.authenticationRefused(mechanism: "PLAIN", .credentials), .unauthorized),
        (.authenticationRefused(mechanism: "PLAIN", .temporary), .transient), (.mechanismNotOffered(wanted: "PLAIN"), .unauthorized),
        (.linkDetached(nil), .transient), (.connectionLost(reason: "r"), .transient), (.closedLocally, .internalError),
        (.protocolViolation(ErrorCondition("amqp:decode-error")), .transient),
        (.messageTooLarge(bytes: 2, limit: 1), .tooLarge),
    ])
    func withoutCondition(_ error: AMQPError, _ kind: FailureKind) {
        let failure = EndpointFailure(error)
        #expect(failure.kind == kind)
        let (source, word) = EndpointFailure.place(of: error)
        #expect(FailureTable.kind(of: word, from: source) == kind, "\(source) \(word) has a row")
    }

    @Test("statuses of HTTP and of $cbs")
    func statuses() {
        #expect(FailureTable.kind(ofStatus: 401) == .unauthorized)
        #expect(FailureTable.kind(ofStatus: 400) == .refused)
        #expect(FailureTable.kind(ofStatus: 400, from: .cbsStatus) == .unauthorized)
        #expect(FailureTable.kind(ofStatus: 418) == .refused)
        #expect(FailureTable.kind(ofStatus: 599) == .transient)
    }

    @Test("the wait that a far side asks for", arguments: [
        ("The request was terminated because the entity is being throttled. Please wait 4 seconds and try again.", 4_000),
        ("please wait 10 seconds, then try again", 10_000), ("wait 250 ms", 250), ("wait 2s", 2_000), ("wait 1 minute", 60_000),
        ("wait a while, or wait 3 seconds", 3_000), ("busy", nil), ("wait", nil), ("wait 99999999999999999999 seconds", nil),
        ("wait 3 lightyears", nil),
    ] as [(String, Int?)])
    func hints(_ text: String, _ milliseconds: Int?) {
        let error = AMQPError.linkDetached(ErrorCondition("com.microsoft:server-busy", description: text))
        #expect(EndpointFailure(error).retryAfter == milliseconds.map { .milliseconds($0) })
        #expect(EndpointFailure(rejection: error.condition).retryAfter == milliseconds.map { .milliseconds($0) })
    }

    @Test("Retry-After in seconds")
    func header() {
        #expect(RetryHint.inHeader(" 7 ") == .seconds(7))
        #expect(RetryHint.inHeader("-1") == nil)
    }
}
