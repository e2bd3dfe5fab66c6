import AMQP
import AMQPCodec

/// One connection, and what it may do.
final class Client {
    static let maximumLinks = 1000

    let connection: ListenerConnection
    var replyLinks: [ReplyLink] = []
    var linkCount = 0
    /// From the login, and from `$cbs` by audience.
    private(set) var grants: [String: AccessControl.Grant] = [:]

    init(_ connection: ListenerConnection, login: AccessControl.Grant?) {
        self.connection = connection
        grants[""] = login
    }

    /// - Parameter audience: the resource's path; a new token takes the place of the one before.
    func grant(_ grant: AccessControl.Grant, audience: String) {
        // A client that makes up audiences without end keeps only some.
        if grants.count >= Self.maximumLinks, grants[audience] == nil, let any = grants.keys.first(where: { !$0.isEmpty }) {
            grants[any] = nil
        }
        grants["token " + audience] = grant
    }

    func isAllowed(_ claim: AccessRule.Claim, on path: String, at now: Milliseconds) -> Bool {
        grants.values.contains { $0.covers(path, claim, at: now) }
    }

    func hasAnyGrant(at now: Milliseconds) -> Bool {
        grants.values.contains { $0.expiresAt.map { $0 > now } ?? true }
    }

    /// When the next token's time is over.
    func nextExpiry(after now: Milliseconds) -> Milliseconds? {
        grants.values.compactMap(\.expiresAt).filter { $0 > now }.min()
    }

    func revokeTokens() {
        grants = grants.filter { $0.key.isEmpty }
    }

    /// An answer goes to the link whose target the request names, otherwise to the newest one from the node.
    func send(_ answer: AMQPMessage, path: String, replyTo: String?) {
        let links = replyLinks.filter { $0.path == path }
        (links.last { $0.target == replyTo && replyTo != nil } ?? links.last)?.send(answer)
    }
}
