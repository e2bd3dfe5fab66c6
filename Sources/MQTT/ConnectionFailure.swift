/// Why a connection did not come about, ended, or lost a part of what was asked of it.
public enum ConnectionFailure: Error, Sendable, Hashable {
    case invalidConfiguration(field: String, value: String, remedy: String)
    case hostNotFound(host: String, detail: String)
    case portClosed(host: String, port: Int)
    /// The operating system's word on it, such as "No route to host".
    case unreachable(host: String, port: Int, detail: String)
    case connectTimeout(host: String, port: Int, after: Duration)
    case fileUnreadable(field: String, path: String, detail: String)
    case certificateKeyMismatch(certificate: String, key: String)
    case serverNotTrusted(host: String, detail: String)
    case serverNameMismatch(host: String)
    case tls(host: String, detail: String)
    case loginRefused(username: String?, reason: String)
    /// CONNACK with another code than success.
    case connectRefused(code: Int, reason: String)
    case subscriptionRefused(filter: String, code: Int, reason: String)
    /// The broker sent DISCONNECT (MQTT 5).
    case disconnectedByBroker(code: Int, reason: String)
    case connectionLost(detail: String)
    case keepAliveExpired(seconds: Int)
    /// The broker sent what MQTT forbids, for instance a topic with U+0000 or invalid UTF-8.
    case malformedPacket(detail: String)
    /// The handler refused a batch.
    case batchRefused(messages: Int)
    /// The handler left a batch undecided for too long.
    case batchUndecided(messages: Int, after: Duration)
    case writeStalled(after: Duration)
    case packetTooLarge(detail: String)
    case invalidMessage(field: String, value: String, remedy: String)
    case closed
    case outOfMemory
    case system(operation: String, code: Int32)
    case library(code: Int32, detail: String)

    /// A short name of the case, for counters and metrics.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case invalidConfiguration = "invalid-configuration"
        case hostNotFound = "host-not-found"
        case portClosed = "port-closed"
        case unreachable
        case connectTimeout = "connect-timeout"
        case fileUnreadable = "file-unreadable"
        case certificateKeyMismatch = "certificate-key-mismatch"
        case serverNotTrusted = "server-not-trusted"
        case serverNameMismatch = "server-name-mismatch"
        case tls
        case loginRefused = "login-refused"
        case connectRefused = "connect-refused"
        case subscriptionRefused = "subscription-refused"
        case disconnectedByBroker = "disconnected-by-broker"
        case connectionLost = "connection-lost"
        case keepAliveExpired = "keep-alive-expired"
        case malformedPacket = "malformed-packet"
        case batchRefused = "batch-refused"
        case batchUndecided = "batch-undecided"
        case writeStalled = "write-stalled"
        case packetTooLarge = "packet-too-large"
        case invalidMessage = "invalid-message"
        case closed
        case outOfMemory = "out-of-memory"
        case system
        case library
    }

    public var kind: Kind {
        switch self {
        case .invalidConfiguration: .invalidConfiguration
        case .hostNotFound: .hostNotFound
        case .portClosed: .portClosed
        case .unreachable: .unreachable
        case .connectTimeout: .connectTimeout
        case .fileUnreadable: .fileUnreadable
        case .certificateKeyMismatch: .certificateKeyMismatch
        case .serverNotTrusted: .serverNotTrusted
        case .serverNameMismatch: .serverNameMismatch
        case .tls: .tls
        case .loginRefused: .loginRefused
        case .connectRefused: .connectRefused
        case .subscriptionRefused: .subscriptionRefused
        case .disconnectedByBroker: .disconnectedByBroker
        case .connectionLost: .connectionLost
        case .keepAliveExpired: .keepAliveExpired
        case .malformedPacket: .malformedPacket
        case .batchRefused: .batchRefused
        case .batchUndecided: .batchUndecided
        case .writeStalled: .writeStalled
        case .packetTooLarge: .packetTooLarge
        case .invalidMessage: .invalidMessage
        case .closed: .closed
        case .outOfMemory: .outOfMemory
        case .system: .system
        case .library: .library
        }
    }
}
