/// What a server asks for answers. Called from many tasks and event loops at once.
public protocol HTTPResponder: Sendable {
    /// The answer to a request whose head is enough to turn it down; nil: read the body. The body of
    /// `head` is empty. Asked only where a body is to come, so ``respond(to:)`` has to turn down
    /// the same requests.
    func refusal(of head: HTTPRequest) -> HTTPResponse?
    func respond(to request: HTTPRequest) async -> HTTPResponse
    /// The answer to a request that the server itself does not read to its end.
    func respond(to rejection: HTTPRejection) -> HTTPResponse
}

/// Why a server does not read a request to its end. None of it is kept.
public enum HTTPRejection: Sendable, Hashable {
    case bodyTooLarge(limit: Int)
    /// The server holds as many bytes of other requests as it may.
    case overloaded
}
