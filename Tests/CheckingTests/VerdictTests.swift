import AMQP
import Azure
import MQTT
import Notifications
import Testing

@testable import Checking

@Suite("Verdicts")
struct VerdictTests {
    private static let day: Int64 = 86_400
    private static let now: Int64 = 1_800_000_000

    private func verdict(from: Int64 = -1, days: Int64, names: [String] = ["broker.example.net"], host: String = "broker.example.net") -> TLSVerdict {
        TLSVerdict(
            certificates: [
                TransportProbe.Certificate(names: names, notBefore: Self.now + from * Self.day, notAfter: Self.now + days * Self.day)
            ], host: host, now: Self.now)
    }

    private static let refused = AMQPError.tlsFailed(reason: "sslError([1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED])")

    @Test("A certificate that ends soon is a warning", arguments: [(90, CheckStep.Outcome.ok), (21, .ok), (20, .warning), (0, .warning)])
    func soon(days: Int, outcome: CheckStep.Outcome) {
        let found = verdict(days: Int64(days)).found
        #expect(found.outcome == outcome)
        #expect(found.detail.contains("\(days) days left"))
        #expect((found.remedy == nil) == (outcome == .ok))
    }

    @Test("The soonest of a chain counts")
    func chain() {
        var verdict = verdict(days: 90)
        verdict.certificates.append(TransportProbe.Certificate(names: [], notBefore: 0, notAfter: Self.now + 3 * Self.day))
        #expect(verdict.found.outcome == .warning)
    }

    @Test("What is wrong with a certificate is named, with its remedy")
    func failures() {
        #expect(verdict(days: -3).failure(Self.refused).detail == "the certificate of broker.example.net expired 3 days ago")
        #expect(verdict(from: 2, days: 9).failure(Self.refused).remedy == "set this machine's clock")
        #expect(verdict(days: 9, host: "other").failure(Self.refused).detail == "the certificate is for broker.example.net, not for other")
        let unknown = verdict(days: 9).failure(Self.refused)
        #expect(unknown.detail.contains("is not trusted") && unknown.detail.contains("CERTIFICATE_VERIFY_FAILED"))
        #expect(unknown.remedy?.contains("tls.ca") == true)
        let none = TLSVerdict(certificates: [], host: "h", now: 0).failure(.tlsFailed(reason: "WRONG_VERSION_NUMBER"))
        #expect(none.detail == "TLS failed: WRONG_VERSION_NUMBER" && none.remedy?.contains("port") == true)
    }

    @Test("Wildcards stand for one label")
    func wildcards() {
        #expect(TLSVerdict.matches("NS.servicebus.windows.net", "*.servicebus.windows.net"))
        #expect(!TLSVerdict.matches("a.b.example.net", "*.example.net"))
        #expect(!TLSVerdict.matches("example.net", "*.example.net"))
    }

    @Test("A clock is right, a little off, or wrong")
    func clocks() throws {
        #expect(try FarClock(farSide: Self.now, now: Self.now - 30).found().outcome == .ok)
        #expect(try FarClock(farSide: Self.now, now: Self.now + 200).found().outcome == .warning)
        #expect(try FarClock(farSide: nil, now: 0).found().outcome == .skipped)
        let failure = #expect(throws: StepFailure.self) { try FarClock(farSide: Self.now, now: Self.now - 1200).found() }
        #expect(failure?.detail.contains("behind") == true)
        #expect(FarClock.time(ofHeader: "Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(FarClock.time(ofHeader: "yesterday") == nil)
    }

    @Test("A far side that calls a token of the future expired has a clock that is ahead")
    func expired() throws {
        let expiry = UnixTime.now + 3600
        let token = SecurityToken(text: Secret("t"), kind: .sharedAccessSignature, expiry: expiry)
        func refusal(_ text: String) -> EndpointFailure { EndpointFailure(kind: .unauthorized, condition: "cbs:401", detail: text) }
        #expect(KeyCheck.time(in: refusal("ExpiredToken: the token's time is over"), token) == expiry)
        #expect(KeyCheck.time(in: refusal("InvalidSignature"), token) == nil)
        #expect(KeyCheck.time(in: refusal("ExpiredToken"), SecurityToken(text: Secret("t"), kind: .sharedAccessSignature, expiry: 1)) == nil)
        #expect(throws: StepFailure.self) { try FarClock(farSide: expiry, now: UnixTime.now).found() }
    }

    @Test("Failures are split into what happened and what to do")
    func causes() {
        let wrongKey = EndpointFailure(kind: .unauthorized, condition: "cbs:401", detail: "the token was not accepted; check the key")
        #expect(StepFailure(wrongKey) == StepFailure("cbs:401: the token was not accepted", remedy: "check the key"))
        #expect(StepFailure(AMQPError.connectFailed(host: "h", port: 1, reason: "Connection refused (errno: 111)")).detail == "nothing listens on h:1")
        #expect(StepFailure(AMQPError.linkRefused(address: "x", ErrorCondition("amqp:not-found"))).remedy?.contains("`path`") == true)
        let login = StepFailure(ConnectionFailure.loginRefused(username: "u", reason: "not authorised"))
        #expect(login.detail == "the broker refused the login of 'u' (not authorised)" && login.remedy?.hasPrefix("check username") == true)
    }

    @Test("Of a shared subscription the group is left out")
    func shared() {
        #expect(SubscriptionProbe.plain("$share/group/a/+/b") == "a/+/b")
        #expect(SubscriptionProbe.plain("a/$share/b") == "a/$share/b")
        #expect(SubscriptionProbe.plain("$share/group") == "$share/group")
    }
}
