import Testing

@testable import LocalNamespace

@Suite("Tokens and keys")
struct AccessTests {
    private let vector = "SharedAccessSignature sr=sb%3A%2F%2Fns.servicebus.windows.net%2Feh1"
        + "&sig=OXfeMYkOWpSaSV3PPyhBfBRO7QFMbfEsSz3wv6xAQ6o%3D&se=1700000000&skn=rule"
    private let before: Milliseconds = 1_600_000_000_000
    private let rules = [AccessRule(name: "rule", primaryKey: "SAS_KEY_VALUE", secondaryKey: "two", claims: [.send])]

    @Test("the signature of the reference's test vector is right, and with another key it is not")
    func signature() throws {
        let token = try #require(SharedAccessSignature(vector))
        #expect(token.isSigned(with: "SAS_KEY_VALUE"))
        #expect(!token.isSigned(with: "SAS_KEY_VALUF"))
        #expect(token.path == "eh1" && token.keyName == "rule")
    }

    @Test("a token covers what lies below its resource, for its time and its claims")
    func coverage() throws {
        guard case .granted(let grant) = AccessControl(rules: rules).verify(token: vector, audience: "sb://h/eh1/x", at: before)
        else {
            Issue.record("refused")
            return
        }
        #expect(grant.covers("eh1", .send, at: before) && grant.covers("eh1/consumergroups/g", .send, at: before))
        #expect(!grant.covers("eh11", .send, at: before) && !grant.covers("eh1", .listen, at: before))
        #expect(!grant.covers("eh1", .send, at: 1_700_000_000_000))
    }

    @Test("says why a token is refused")
    func refusals() {
        let control = AccessControl(rules: rules)
        func reason(_ token: String, _ audience: String?, at now: Milliseconds) -> String? {
            if case .refused(let reason) = control.verify(token: token, audience: audience, at: now) { reason } else { nil }
        }
        #expect(reason(vector, nil, at: 1_700_000_000_000)?.contains("ExpiredToken") == true)
        #expect(reason(vector, "sb://h/other", at: before)?.contains("InvalidAudience") == true)
        #expect(reason(vector + "x", nil, at: before)?.contains("InvalidSignature") == true)
        #expect(reason("ey.jwt", nil, at: before) != nil)
        #expect(reason(vector, nil, at: before) == nil)
    }

    @Test("PLAIN takes a rule's name and either key; without rules anything")
    func login() {
        let control = AccessControl(rules: rules)
        let nothing: (String, Bool) -> Bool = { _, _ in false }
        #expect(control.login(user: "rule", password: "two", isRefused: nothing)?.claims == [.send])
        #expect(control.login(user: "rule", password: "three", isRefused: nothing) == nil)
        #expect(control.login(user: "rule", password: "two", isRefused: { _, _ in true }) == nil)
        #expect(AccessControl(rules: []).login(user: "x", password: "y", isRefused: nothing) != nil)
    }

    @Test("an Event Grid token's signature, and its time in both forms")
    func eventGrid() throws {
        let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        let text = "r=https%3A%2F%2Ft.westeurope-1.eventgrid.azure.net%2Fapi%2Fevents%3FapiVersion%3D2018-01-01"
            + "&e=2030-01-01%2000%3A00%3A00&s=dSQzvHfSW%2F7629sHnPc0DNDtC87qzJV8Cyx34NsCL%2Fo%3D"
        let token = try #require(EventGridToken(text))
        #expect(token.isSigned(withKey: key) && !token.isSigned(withKey: "b3RoZXI="))
        #expect(token.expiresAt == 1_893_456_000_000)
        #expect(EventGridToken("r=a&e=6%2F15%2F2017%206%3A20%3A15%20PM&s=x")?.expiresAt == 1_497_550_815_000)
        #expect(EventGridToken("r=a&e=2030-01-01+00%3A00%3A00%2B00%3A00&s=x")?.expiresAt == 1_893_456_000_000)
        #expect(EventGridToken("r=a&e=soon&s=x") == nil)
    }
}
