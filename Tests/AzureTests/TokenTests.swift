import Notifications
import Testing

@testable import Azure

@Suite("Tokens")
struct TokenTests {
    @Test("the signature of the reference's test vector, with the key's text and not its bytes")
    func vector() {
        let text = SharedAccessSignature.text(
            resource: "sb://ns.servicebus.windows.net/eh1", keyName: "rule", key: "SAS_KEY_VALUE", expiry: 1_700_000_000)
        #expect(
            text == "SharedAccessSignature sr=sb%3A%2F%2Fns.servicebus.windows.net%2Feh1"
                + "&sig=OXfeMYkOWpSaSV3PPyhBfBRO7QFMbfEsSz3wv6xAQ6o%3D&se=1700000000&skn=rule")
        #expect(SharedAccessSignature.expiry(of: text) == 1_700_000_000)
    }

    @Test("a rule's name is encoded once")
    func names() {
        let text = SharedAccessSignature.text(resource: "sb://h/e", keyName: "a b&c", key: "k", expiry: 1)
        #expect(text.hasSuffix("&se=1&skn=a%20b%26c"))
    }

    @Test("a given signature is put as it is, and says when it is over")
    func given() {
        let token = GivenSignature(Secret("SharedAccessSignature se=17&sr=x&sig=y&skn=z")).token(for: "sb://h/e")
        #expect(token.text.revealed == "SharedAccessSignature se=17&sr=x&sig=y&skn=z")
        #expect(token.expiry == 17 && !token.isRenewable)
        #expect(GivenSignature(Secret("SharedAccessSignature sr=x")).token(for: "").expiry == nil)
        #expect(GivenSignature(Secret("SharedAccessSignature sr=x&se=99999999999999999999")).token(for: "").expiry == nil)
    }

    @Test("a token of a key holds for an hour")
    func life() {
        let token = SharedAccessKeyTokens(name: "n", key: Secret("k")) { 1000 }.token(for: "sb://h/e")
        #expect(token.expiry == 4600 && token.isRenewable && token.kind == .sharedAccessSignature)
    }

    @Test("are renewed at half of their life; tries that fail come at most a minute apart")
    func schedule() {
        var schedule = TokenSchedule()
        #expect(schedule.accepted(life: .seconds(3600)) == .seconds(1800))
        #expect(schedule.accepted(life: .seconds(-5)) == .seconds(1))
        #expect(schedule.failed(random: 1) == .seconds(2))
        #expect(schedule.failed(random: 0) == .seconds(2))
        for _ in 0..<100 { _ = schedule.failed(random: 1) }
        #expect(schedule.failed(random: 1) == .seconds(60))
        _ = schedule.accepted(life: .seconds(10))
        #expect(schedule.failed(random: 1) == .seconds(2))
        #expect(schedule.failed(random: 1, retryAfter: .seconds(1)) == .seconds(4))
        #expect(schedule.failed(random: 1, retryAfter: .seconds(90)) == .seconds(90))
        #expect(schedule.failed(random: 1, retryAfter: .seconds(86_400)) == .seconds(300))
    }

    @Test("are made out to the namespace and the entity, with the port only for an emulator")
    func audience() throws {
        let key = ";SharedAccessKeyName=n;SharedAccessKey=k"
        let real = try ConnectionString(parsing: Secret("Endpoint=sb://ns.servicebus.windows.net:5679/" + key))
        #expect(real.audience(of: "hub") == "sb://ns.servicebus.windows.net/hub")
        let emulator = try ConnectionString(parsing: Secret("Endpoint=sb://localhost\(key);UseDevelopmentEmulator=true"))
        #expect(emulator.audience(of: "hub") == "sb://localhost:5672/hub")
    }
}
