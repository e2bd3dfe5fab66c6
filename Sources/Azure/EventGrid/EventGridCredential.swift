import Foundation
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

    private struct Token {
        var text: String
        var renewAt: Int64
    }

    private let method: Method
    private let key: Secret
    private let topic: EventGridTopic
    private let now: @Sendable () -> Int64
    private let token = Mutex<Token?>(nil)

    /// - Parameter now: seconds since 1970-01-01T00:00:00Z.
    public init(
        _ method: Method, key: Secret, topic: EventGridTopic,
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
    ) {
        self.method = method
        self.key = key
        self.topic = topic
        self.now = now
    }

    /// Name and value of the header of the next request.
    func header() -> (name: String, value: String) {
        switch (method, topic.kind) {
        case (.key, .customTopic): ("aeg-sas-key", key.revealed)
        case (.key, .namespaceTopic): ("authorization", "SharedAccessKey \(key.revealed)")
        case (.token, .customTopic): ("aeg-sas-token", currentToken())
        case (.token, .namespaceTopic): ("authorization", "SharedAccessSignature \(currentToken())")
        }
    }

    /// Made anew in the last quarter of its life.
    private func currentToken() -> String {
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
