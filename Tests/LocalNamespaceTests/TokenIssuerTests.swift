import Signing
import Testing

@testable import LocalNamespace

@Suite("Access tokens of a directory")
struct TokenIssuerTests {
    private static let during: Milliseconds = 1_800_000_000_000

    private func verdict(
        _ token: String, at now: Milliseconds = Self.during, rules: [AccessRule] = [], key: String = TestTokens.issuer
    ) throws -> AccessControl.Verdict {
        let issuer = TokenIssuer(key: try #require(VerificationKey(pem: Array(key.utf8))))
        return AccessControl(rules: rules, issuer: issuer).verify(token: token, audience: "sb://h/hub", at: now)
    }

    @Test("one that is right holds for what it is put for, until its time is over")
    func right() throws {
        for token in [TestTokens.right, TestTokens.slash] {
            for key in [TestTokens.issuer, TestTokens.certificate] {
                guard case .granted(let grant) = try verdict(token, key: key) else {
                    Issue.record("refused")
                    continue
                }
                #expect(grant.path == "hub" && grant.expiresAt == 1_800_003_600_000)
                #expect(grant.covers("hub", .send, at: Self.during) && !grant.covers("other", .send, at: Self.during))
                #expect(!grant.covers("hub", .send, at: 1_800_003_600_000))
            }
        }
    }

    @Test(
        "others are refused, with the reason",
        arguments: [
            (TestTokens.right, 1_800_003_600_000, "ExpiredToken"), (TestTokens.right, 1_799_999_999_999, "InvalidToken"),
            (TestTokens.other, during, "InvalidAudience"), (TestTokens.eventGrid, during, "InvalidAudience"), (TestTokens.endless, during, "MalformedToken"),
            (TestTokens.pretender, during, "InvalidSignature"), (String(TestTokens.right.dropLast(4)) + "AAAA", during, "InvalidSignature"),
            (String(TestTokens.right.prefix(60)), during, "MalformedToken"), ("", during, "MalformedToken"), ("..", during, "MalformedToken"),
            ("a.b.c.d", during, "MalformedToken"),
        ] as [(String, Milliseconds, String)])
    func refused(token: String, now: Milliseconds, reason: String) throws {
        guard case .refused(let said) = try verdict(token, at: now) else { return #expect(Bool(false), "it was taken") }
        #expect(said.hasPrefix(reason + ":"), "\(said)")
    }

    @Test("with an issuer no other token is right but a key's")
    func keys() throws {
        let signature = "SharedAccessSignature sr=x&sig=y&se=1900000000&skn=rule"
        guard case .refused = try verdict(signature) else { return #expect(Bool(false), "it was taken") }
        let rule = AccessRule(name: "rule", primaryKey: "key")
        guard case .granted = try verdict(TestTokens.right, rules: [rule]) else { return #expect(Bool(false), "it was refused") }
        // And without an issuer none is checked, or none taken.
        guard case .granted = AccessControl(rules: []).verify(token: "x", audience: nil, at: 0) else { return #expect(Bool(false)) }
        guard case .refused = AccessControl(rules: [rule]).verify(token: "x", audience: nil, at: 0) else { return #expect(Bool(false)) }
    }

    @Test("an Event Grid topic takes bearer tokens that are for Event Grid")
    func eventGrid() throws {
        let issuer = TokenIssuer(key: try #require(VerificationKey(pem: Array(TestTokens.issuer.utf8))))
        func isTaken(_ token: String, keys: [String] = [], issuer: TokenIssuer?) -> Bool {
            let input = EventGridInput(topic: EventGridTopic(name: "t", keys: keys), issuer: issuer)
            return (try? input.authorize(header: { $0 == "authorization" ? "Bearer \(token)" : nil }, at: Self.during)) != nil
        }
        #expect(isTaken(TestTokens.eventGrid, issuer: issuer) && isTaken(TestTokens.eventGrid, keys: ["a2V5"], issuer: issuer))
        #expect(!isTaken(TestTokens.right, issuer: issuer) && !isTaken("", issuer: issuer))
        #expect(!isTaken(TestTokens.eventGrid, keys: ["a2V5"], issuer: nil) && isTaken("any", issuer: nil))
    }
}
