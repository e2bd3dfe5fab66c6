import Notifications
import Synchronization
import Testing

@testable import Azure

/// Gives tokens of a hundred seconds, when it is let; counts how often it is asked.
private final class Provider: Sendable {
    let now = Mutex<Int64>(1000)
    private let answers = Mutex<[EndpointFailure?]>([])
    private let count = Mutex(0)
    let gate = AsyncStream<Void>.makeStream()
    let isGated: Bool

    init(isGated: Bool = false) {
        self.isGated = isGated
    }

    var asked: Int { count.withLock { $0 } }
    var cache: AccessTokenCache { AccessTokenCache { self.now.withLock { $0 } } }

    func fail(_ failures: EndpointFailure?...) { answers.withLock { $0 += failures } }

    func token() async throws(EndpointFailure) -> AccessToken {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if isGated { for await _ in gate.stream { break } }
        if let failure = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
        let now = now.withLock { $0 }
        return AccessToken(text: Secret("token-\(number)"), obtained: now, expiry: now + 100)
    }
}

private struct TestIdentity: Identity {
    let provider: Provider
    var name = "a"

    static func == (a: TestIdentity, b: TestIdentity) -> Bool { a.name == b.name }
    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    func token(for service: AzureService) async throws(EndpointFailure) -> AccessToken { try await provider.token() }
}

@Suite("The cache of access tokens", .timeLimit(.minutes(1)))
struct AccessTokenCacheTests {
    private let busy = EndpointFailure(kind: .throttled, condition: "identity:429", detail: "busy", retryAfter: .seconds(30))
    private let wrong = EndpointFailure(kind: .unauthorized, condition: "identity:invalid_client", detail: "wrong")

    private func failure(_ body: () async throws(EndpointFailure) -> some Sendable) async -> EndpointFailure? {
        do throws(EndpointFailure) {
            _ = try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test("lets go of one who is cancelled, and of the request only when its answer is there")
    func cancelledWaiter() async throws {
        let provider = Provider(isGated: true)
        let (cache, identity) = (provider.cache, TestIdentity(provider: provider))
        let waiter = Task { await failure { () async throws(EndpointFailure) in try await cache.token(for: .eventHubs, of: identity) } }
        while provider.asked == 0 { await Task.yield() }
        waiter.cancel()
        #expect(await waiter.value != nil)
        provider.gate.continuation.yield()
        #expect(try await cache.token(for: .eventHubs, of: identity).text.revealed == "token-1")
        #expect(provider.asked == 1)
    }

    @Test("serves a token for half of its time, to all who are the same, and for one service")
    func sharing() async throws {
        let provider = Provider()
        let (cache, identity) = (provider.cache, TestIdentity(provider: provider))
        #expect(try await cache.token(for: .eventHubs, of: identity).text.revealed == "token-1")
        provider.now.withLock { $0 += 49 }
        #expect(try await cache.token(for: .eventHubs, of: TestIdentity(provider: provider)).text.revealed == "token-1")
        #expect(try await cache.token(for: .serviceBus, of: identity).text.revealed == "token-2")
        #expect(try await cache.token(for: .eventHubs, of: TestIdentity(provider: provider, name: "b")).text.revealed == "token-3")
        provider.now.withLock { $0 += 1 }
        #expect(try await cache.token(for: .eventHubs, of: identity).text.revealed == "token-4")
    }

    @Test("asks once for all who wait")
    func oneRequest() async throws {
        let provider = Provider(isGated: true)
        let (cache, identity) = (provider.cache, TestIdentity(provider: provider))
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await cache.token(for: .eventHubs, of: identity).text.revealed } }
            provider.gate.continuation.yield()
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts == ["token-1"] && provider.asked == 1)
    }

    @Test("who asks first and goes away takes nobody along")
    func cancellation() async throws {
        let provider = Provider(isGated: true)
        let (cache, identity) = (provider.cache, TestIdentity(provider: provider))
        let first = Task { try await cache.token(for: .eventHubs, of: identity) }
        first.cancel()
        let second = Task { try await cache.token(for: .eventHubs, of: identity) }
        provider.gate.continuation.yield()
        #expect(try await second.value.text.revealed == "token-1")
    }

    @Test("a failure is not kept, unless the provider asks for patience; then for as long as it asks, within reason")
    func patience() async throws {
        let provider = Provider()
        let (cache, identity) = (provider.cache, TestIdentity(provider: provider))
        provider.fail(wrong, busy)
        #expect(await failure { () async throws(EndpointFailure) in try await cache.token(for: .eventHubs, of: identity) } == wrong)
        #expect(await failure { () async throws(EndpointFailure) in try await cache.token(for: .eventHubs, of: identity) } == busy)
        provider.now.withLock { $0 += 20 }
        let again = await failure { () async throws(EndpointFailure) in try await cache.token(for: .eventHubs, of: identity) }
        #expect(again?.condition == busy.condition && again?.retryAfter == .seconds(10) && provider.asked == 2)
        provider.now.withLock { $0 += 10 }
        #expect(try await cache.token(for: .eventHubs, of: identity).text.revealed == "token-3")
        var forEver = busy
        forEver.retryAfter = .seconds(1_000_000)
        provider.now.withLock { $0 += 100 }
        provider.fail(forEver)
        _ = await failure { () async throws(EndpointFailure) in try await cache.token(for: .eventHubs, of: identity) }
        provider.now.withLock { $0 += 300 }
        #expect(try await cache.token(for: .eventHubs, of: identity).text.revealed == "token-5")
    }

    @Test("a token that was refused is not served again; a spare is one that still holds")
    func dropping() async throws {
        let provider = Provider()
        let (cache, identity) = (provider.cache, TestIdentity(provider: provider))
        #expect(await cache.spare(for: .eventHubs, of: identity) == nil)
        _ = try await cache.token(for: .eventHubs, of: identity)
        await cache.drop("another", for: .eventHubs, of: identity)
        #expect(await cache.spare(for: .eventHubs, of: identity)?.text.revealed == "token-1")
        provider.now.withLock { $0 += 89 }
        #expect(await cache.spare(for: .eventHubs, of: identity) != nil)
        provider.now.withLock { $0 += 1 }
        #expect(await cache.spare(for: .eventHubs, of: identity) == nil)
        let token = try await cache.token(for: .eventHubs, of: identity)
        await cache.drop(token.text.revealed, for: .eventHubs, of: identity)
        #expect(await cache.spare(for: .eventHubs, of: identity) == nil)
        #expect(try await cache.token(for: .eventHubs, of: identity).text.revealed == "token-3")
    }

    @Test("for a new connection a token from before is good enough; a renewal takes a new one only")
    func connecting() async throws {
        let provider = Provider()
        let tokens = IdentityTokens(TestIdentity(provider: provider), for: .eventHubs, cache: provider.cache)
        let signIn = TokenSignIn(source: tokens, audience: "sb://h/e")
        let first = try await signIn.tokenForConnecting()
        #expect(first.kind == .jwt && first.expiry == 1100 && first.isRenewable)
        provider.now.withLock { $0 += 60 }
        provider.fail(wrong, wrong)
        #expect(try await signIn.tokenForConnecting() == first)
        #expect(await failure { () async throws(EndpointFailure) in try await tokens.token(for: "sb://h/e") } == wrong)
        provider.now.withLock { $0 += 60 }
        provider.fail(wrong)
        #expect(await failure { () async throws(EndpointFailure) in try await signIn.tokenForConnecting() } == wrong)
    }

    @Test("requests go on with the token that is there while another one is asked for")
    func bearer() async throws {
        let provider = Provider(isGated: true)
        let tokens = IdentityTokens(TestIdentity(provider: provider), for: .eventGrid, cache: provider.cache)
        let bearer = BearerTokens(tokens) { provider.now.withLock { $0 } }
        provider.gate.continuation.yield()
        #expect(try await bearer.current() == "token-1")
        provider.now.withLock { $0 += 50 }
        // The second one is asked for and does not come.
        for _ in 0..<5 { #expect(try await bearer.current() == "token-1") }
        provider.gate.continuation.yield()
        let second = try await tokens.token()
        #expect(second.text.revealed == "token-2")
        #expect(try await bearer.current() == "token-2" && provider.asked == 2)
        await bearer.wasRefused("token-2")
        provider.gate.continuation.yield()
        #expect(try await bearer.current() == "token-3")
    }
}
