/// What a server asks for answers. Called from many tasks at once.
public protocol HTTPResponder: Sendable {
    func respond(to request: HTTPRequest) async -> HTTPResponse
    /// The answer to a request that is turned down before it is read whole.
    func respond(to rejection: HTTPRejection) -> HTTPResponse
}

/// Why a request is not read to its end. None of it is kept.
public enum HTTPRejection: Sendable, Hashable {
    case bodyTooLarge(limit: Int)
    /// The server holds as many bytes of other requests as it may.
    case overloaded
}
