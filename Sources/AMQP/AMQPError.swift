/// Why a connection, a link or a request on one of them failed.
public enum AMQPError: Error, Sendable, Hashable {
    /// What was going on when time ran out.
    public enum Phase: String, Sendable, Hashable {
        case connect, tlsHandshake, open, attach, proxy, webSocket
    }

    /// What stands between TCP and AMQP.
    public enum Gate: String, Sendable, Hashable {
        case proxy
        case webSocket
    }

    /// A setting that cannot be used; `value` never holds a secret.
    case invalidConfiguration(field: String, value: String, remedy: String)
    case hostNotFound(host: String, reason: String)
    /// No TCP connection: refused, unreachable, reset.
    case connectFailed(host: String, port: Int, reason: String)
    case timedOut(Phase, after: Duration)
    /// The certificate or the handshake was refused, on either side.
    case tlsFailed(reason: String)
    /// A proxy makes no tunnel, or the far side takes no WebSocket; 0 where the answer is no HTTP.
    case transportRefused(Gate, status: Int, reason: String)
    /// The peer offers none of the mechanisms that we are allowed to use.
    case mechanismNotOffered(wanted: String)
    /// The peer refused the credentials, or could not check them.
    case authenticationRefused(mechanism: String, SASLFailure)
    /// The peer closed the connection.
    case connectionClosed(ErrorCondition?)
    /// The peer ended the session that the link was in.
    case sessionEnded(ErrorCondition?)
    /// The peer answered the attach by refusing the link.
    case linkRefused(address: String, ErrorCondition?)
    /// The peer detached a link that was open.
    case linkDetached(ErrorCondition?)
    /// Nothing came from the peer for the idle timeout that we announced.
    case idleTimeout
    /// Bytes that AMQP 1.0 does not allow here. `condition` is what the peer was told.
    case protocolViolation(ErrorCondition)
    /// The bytes stopped without a close.
    case connectionLost(reason: String)
    /// Ended by this side.
    case closedLocally
    /// The message is longer than the link carries; it was not sent.
    case messageTooLarge(bytes: Int, limit: UInt64)
    case bindFailed(host: String, port: Int, reason: String)
}

/// The outcome codes of SASL (AMQP 1.0 part 5, section 5.3.3.6) that are not success.
public enum SASLFailure: String, Sendable, Hashable {
    /// Wrong credentials.
    case credentials
    /// The server failed; it may know later.
    case system, permanent, temporary
}

extension AMQPError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidConfiguration(let field, let value, let remedy):
            "\(field) = \(value): \(remedy)"
        case .hostNotFound(let host, let reason):
            "host \(host) not found: \(reason)"
        case .connectFailed(let host, let port, let reason):
            "no connection to \(host):\(port): \(reason)"
        case .timedOut(let phase, let duration):
            "\(phase.rawValue) took longer than \(duration)"
        case .tlsFailed(let reason):
            "TLS failed: \(reason)"
        case .transportRefused(.proxy, 407, _):
            "the proxy wants a login (407); give user and password in its URL"
        // What tinyproxy says of a wrong one.
        case .transportRefused(.proxy, 401, _):
            "the proxy does not take the login (401); check user and password in its URL"
        case .transportRefused(.proxy, let status, let reason):
            "the proxy makes no tunnel (\(status) \(reason)); allow this host and port there"
        case .transportRefused(.webSocket, let status, let reason):
            "the far side takes no WebSocket here (\(status) \(reason)); check host and port"
        case .mechanismNotOffered(let wanted):
            "the peer does not offer the SASL mechanism \(wanted)"
        case .authenticationRefused(let mechanism, let failure):
            "authentication with \(mechanism) refused (\(failure.rawValue))"
        case .connectionClosed(let condition):
            "the peer closed the connection\(Self.suffix(condition))"
        case .sessionEnded(let condition):
            "the peer ended the session\(Self.suffix(condition))"
        case .linkRefused(let address, let condition):
            "the peer refused the link to \(address)\(Self.suffix(condition))"
        case .linkDetached(let condition):
            "the peer detached the link\(Self.suffix(condition))"
        case .idleTimeout:
            "nothing came from the peer for the idle timeout"
        case .protocolViolation(let condition):
            "protocol violation, \(condition.text)"
        case .connectionLost(let reason):
            "connection lost: \(reason)"
        case .closedLocally:
            "closed by this side"
        case .messageTooLarge(let bytes, let limit):
            "a message of \(bytes) bytes is above the link's limit of \(limit)"
        case .bindFailed(let host, let port, let reason):
            "cannot listen on \(host):\(port): \(reason)"
        }
    }

    private static func suffix(_ condition: ErrorCondition?) -> String {
        condition.map { ", \($0.text)" } ?? ""
    }

    /// The condition that the peer gave, where it gave one.
    public var condition: ErrorCondition? {
        switch self {
        case .connectionClosed(let condition), .sessionEnded(let condition), .linkRefused(_, let condition),
            .linkDetached(let condition):
            condition
        case .protocolViolation(let condition): condition
        default: nil
        }
    }
}
