import Notifications
import Testing

@testable import Azure

@Suite("What comes back where a token was asked for")
struct IdentityAnswerTests {
    private func token(_ status: Int, _ body: String, retryAfter: Duration? = nil) throws(EndpointFailure) -> AccessToken {
        try IdentityAnswer(status: status, body: Array(body.utf8), retryAfter: retryAfter)
            .token(now: 1000) { EntraFailure(status: $0, answer: $1) }
    }

    private func failure(_ status: Int, _ body: String, managed: Bool = false, retryAfter: Duration? = nil) -> EndpointFailure? {
        do throws(EndpointFailure) {
            _ = try IdentityAnswer(status: status, body: Array(body.utf8), retryAfter: retryAfter).token(now: 1000) {
                managed ? EntraFailure(managedStatus: $0, answer: $1) : EntraFailure(status: $0, answer: $1)
            }
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a token and its time, as numbers or texts",
        arguments: [
            (#"{"access_token":"a.b.c","expires_in":3599,"token_type":"Bearer"}"#, 4599),
            (#"{"access_token":"a.b.c","expires_in":"3599"}"#, 4599),
            (#"{"access_token":"a.b.c","expires_on":"5000","expires_in":"86399"}"#, 5000),
            (#"{"access_token":"a.b.c","expires_on":5000.0}"#, 5000),
        ] as [(String, Int64)])
    func tokens(body: String, expiry: Int64) throws {
        let token = try token(200, body)
        #expect(token.text.revealed == "a.b.c" && token.obtained == 1000 && token.expiry == expiry)
    }

    @Test(
        "an answer without a token that holds",
        arguments: [
            "", "null", "[]", "<html></html>", "{}", #"{"access_token":""}"#, #"{"access_token":"a b","expires_in":5}"#,
            #"{"access_token":"a\nb","expires_in":5}"#, #"{"access_token":"a"}"#, #"{"access_token":"a","expires_in":-1}"#,
            #"{"access_token":"a","expires_on":"1000"}"#, #"{"access_token":"a","expires_in":1e300}"#,
            #"{"access_token":"a","expires_in":9223372036854775807}"#, #"{"access_token":"a","expires_on":"soon"}"#,
        ])
    func noToken(body: String) {
        let failure = failure(200, body)
        #expect(failure?.condition == "identity:answer" && failure?.kind == .transient)
    }

    @Test("the tenant's error, its code, and what to do; without trace ids")
    func entra() {
        let body = #"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1234 Correlation ID: 5"}"#
        let failure = failure(401, body)
        #expect(failure?.kind == .unauthorized && failure?.condition == "identity:invalid_client")
        #expect(
            failure?.detail
                == "no token was given, status 401: AADSTS7000215: Invalid client secret provided; put the secret's value, not its id, into identity.secret")
    }

    @Test(
        "a status and a word say what kind of failure it is",
        arguments: [
            (400, #"{"error":"unauthorized_client"}"#, FailureKind.unauthorized, "unauthorized_client"),
            (400, #"{"error":"unheard_of"}"#, .unauthorized, "400"), (401, "<html>", .unauthorized, "401"),
            (400, #"{"error":"temporarily_unavailable"}"#, .throttled, "temporarily_unavailable"),
            (429, #"{"error":"invalid_client"}"#, .throttled, "429"), (503, "", .throttled, "503"),
            (500, #"{"error":"server_error"}"#, .transient, "500"), (504, "", .timedOut, "504"), (302, "", .transient, "302"),
            (404, "", .transient, "404"), (418, "", .unauthorized, "418"), (599, "", .transient, "599"),
        ])
    func kinds(status: Int, body: String, kind: FailureKind, word: String) {
        let failure = failure(status, body, retryAfter: .seconds(7))
        #expect(failure?.kind == kind && failure?.condition == "identity:\(word)" && failure?.retryAfter == .seconds(7))
    }

    @Test(
        "of a managed identity the status says all",
        arguments: [
            (400, #"{"error":"invalid_request","error_description":"Identity not found"}"#, FailureKind.unauthorized),
            (404, "", .transient), (410, "", .transient), (429, "", .throttled), (500, "", .transient), (503, "", .throttled),
            (401, #"{"StatusCode":401,"Message":"No such header"}"#, .unauthorized),
        ])
    func managed(status: Int, body: String, kind: FailureKind) {
        let failure = failure(status, body, managed: true)
        #expect(failure?.kind == kind && failure?.condition == "identity:\(status)")
        #expect(failure?.detail.contains("assign a managed identity") == (kind == .unauthorized))
        if status == 400 { #expect(failure?.detail.contains("Identity not found") == true) }
    }

    @Test("a long or odd text is cut and cleaned")
    func texts() {
        let failure = failure(400, #"{"error":"invalid_client","error_description":"\#(String(repeating: "x", count: 5000))\u0007"}"#)
        #expect((failure?.detail.count ?? 0) < 700)
        let lines = self.failure(400, #"{"error":"invalid_client","error_description":"first\r\nsecond"}"#)
        #expect(lines?.detail.contains("first") == true && lines?.detail.contains("second") == false)
    }

    @Test("a token is fresh for half of its time, and usable until shortly before its end")
    func freshness() {
        let token = AccessToken(text: .init("t"), obtained: 1000, expiry: 4600)
        #expect(token.isFresh(at: 1000) && token.isFresh(at: 2799) && !token.isFresh(at: 2800))
        #expect(token.isUsable(at: 4539) && !token.isUsable(at: 4540))
        let short = AccessToken(text: .init("t"), obtained: 1000, expiry: 1001)
        #expect(short.isFresh(at: 1000) && !short.isUsable(at: 1001))
    }
}
