import Foundation
import Testing

@testable import Azure

@Suite("An HTTP server's answers")
struct HTTPFailureTests {
    private func failure(_ status: Int, _ text: String = "", isPage: Bool = false, retryAfter: String? = nil) -> EndpointFailure {
        EndpointFailure(httpStatus: status, answer: Array(text.utf8), isPage: isPage, retryAfter: retryAfter)
    }

    @Test(
        "each have a kind",
        arguments: [
            (307, FailureKind.gone), (400, .refused), (401, .unauthorized), (403, .unauthorized), (404, .gone), (408, .timedOut),
            (413, .tooLarge), (418, .refused), (429, .throttled), (500, .transient), (503, .throttled), (599, .transient),
        ])
    func kinds(status: Int, kind: FailureKind) {
        #expect(failure(status).kind == kind)
        #expect(failure(status).condition == "http:\(status)")
    }

    @Test("come with the server's words")
    func words() {
        let text = #"{"error":{"code":"BadRequest","message":"no id","details":[{"code":"x","message":"no id"},{"message":"event 3"}]}}"#
        #expect(failure(400, text).detail == "BadRequest: no id: event 3")
        #expect(failure(400, "plain").detail == "plain")
        #expect(failure(401).detail == "check the access key")
        #expect(failure(200, "<html>", isPage: true).detail.contains("a web page answered"))
    }

    @Test("say how long to wait, in seconds or until a time")
    func hints() {
        #expect(failure(429, retryAfter: "7").retryAfter == .seconds(7))
        let now = Date(timeIntervalSince1970: 1_445_412_470)
        #expect(RetryHint.inHeader("Wed, 21 Oct 2015 07:28:00 GMT", now: now) == .seconds(10))
        #expect(RetryHint.inHeader("Wed, 21 Oct 2015 07:27:00 GMT", now: now) == .zero)
        #expect(RetryHint.inHeader("soon", now: now) == nil)
        #expect(RetryHint.inHeader("-1", now: now) == nil)
    }
}
