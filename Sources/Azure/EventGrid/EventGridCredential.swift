import Notifications
import Synchronization

/// How requests show that they may publish (reference 5.1).
public final class EventGridCredential: Sendable {
    public enum Method: Sendable, Hashable {
        /// The access key itself.
        case key
        /// A token that is signed with it, so that the key stays on this machine.
        case token
    }

    private enum Way: Sendable {
        case key(Method, Secret, EventGridTopic)
        case identity(BearerTokens)
    }

    private struct Token {
        var text: String
        var renewAt: Int64
    }

    private let way: Way
    private let now: @Sendable () -> Int64
    private let token = Mutex<Token?>(nil)

    /// - Parameter now: seconds since 1970-01-01T00:00:00Z.
    public init(
        _ method: Method, key: Secret, topic: EventGridTopic,
        now: @escaping @Sendable () -> Int64 = { UnixTime.now }
    ) {
        way = .key(method, key, topic)
        self.now = now
    }

    /// Bearer tokens of Entra ID.
    public init(_ tokens: IdentityTokens) {
        way = .identity(BearerTokens(tokens))
        now = { UnixTime.now }
    }

    /// Where the topic does not take it.
    var remedy: String {
        switch way {
        case .key: "check the access key"
        case .identity: "give the identity the role EventGrid Data Sender on the topic, and check identity.tenant"
        }
    }

    struct Header: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// Of the next request.
    ///
    /// - Throws: why there is no token.
    func header() async throws(EndpointFailure) -> Header {
        switch way {
        case .key(let method, let key, let topic): header(method, key, topic)
        case .identity(let tokens): Header(name: "authorization", value: Self.bearer + (try await tokens.current()))
        }
    }

    /// The topic did not take the header.
    ///
    /// - Returns: whether the next one is another one, and worth a try.
    func wasRefused(_ header: Header) async -> Bool {
        guard case .identity(let tokens) = way else { return false }
        await tokens.wasRefused(String(header.value.dropFirst(Self.bearer.count)))
        return true
    }

    /// What stands in front of a token of Entra ID.
    private static let bearer = "Bearer "

    private func header(_ method: Method, _ key: Secret, _ topic: EventGridTopic) -> Header {
        switch (method, topic.kind) {
        case (.key, .customTopic): Header(name: "aeg-sas-key", value: key.revealed)
        case (.key, .namespaceTopic): Header(name: "authorization", value: "SharedAccessKey \(key.revealed)")
        case (.token, .customTopic): Header(name: "aeg-sas-token", value: currentToken(key, topic))
        case (.token, .namespaceTopic):
            Header(name: "authorization", value: "SharedAccessSignature \(currentToken(key, topic))")
        }
    }

    /// Made anew in the last quarter of its life.
    private func currentToken(_ key: Secret, _ topic: EventGridTopic) -> String {
        let now = now()
        return token.withLock { token in
            if let token, now < token.renewAt { return token.text }
            let lifetime = EventGridToken.lifetime.components.seconds
            // The configuration takes no key that is not base64.
            let text = EventGridToken.make(resource: topic.resource, expiry: now + lifetime, key: key) ?? ""
            token = Token(text: text, renewAt: now + lifetime * 3 / 4)
            return text
        }
    }
}
