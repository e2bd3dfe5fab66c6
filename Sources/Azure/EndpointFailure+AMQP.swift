import AMQP

extension EndpointFailure {
    /// What an AMQP error means for an endpoint.
    public init(_ error: AMQPError) {
        let kind: FailureKind =
            switch error {
            case .timedOut, .idleTimeout: .timedOut
            case .mechanismNotOffered, .authenticationRefused: .unauthorized
            case .messageTooLarge: .tooLarge
            case .invalidConfiguration, .closedLocally, .bindFailed: .internalError
            case .hostNotFound, .connectFailed, .tlsFailed, .protocolViolation, .connectionLost: .transient
            case .connectionClosed, .sessionEnded, .linkRefused, .linkDetached:
                Self.kind(ofCondition: error.condition?.condition)
            }
        self.init(kind: kind, condition: error.condition?.condition ?? Self.name(of: error), detail: "\(error)")
    }

    /// Reference 4.10.
    private static func kind(ofCondition condition: String?) -> FailureKind {
        switch condition {
        case "amqp:unauthorized-access", "com.microsoft:auth-failed": .unauthorized
        case "com.microsoft:server-busy": .throttled
        case "com.microsoft:timeout": .timedOut
        case "amqp:not-found", "amqp:resource-deleted", "com.microsoft:entity-disabled": .gone
        case "amqp:link:message-size-exceeded": .tooLarge
        default: .transient
        }
    }

    private static func name(of error: AMQPError) -> String {
        switch error {
        case .invalidConfiguration: "configuration"
        case .hostNotFound: "dns"
        case .connectFailed: "tcp"
        case .timedOut(let phase, _): "timeout:\(phase.rawValue)"
        case .tlsFailed: "tls"
        case .mechanismNotOffered, .authenticationRefused: "sasl"
        case .idleTimeout: "idle-timeout"
        case .connectionLost: "connection-lost"
        case .connectionClosed, .sessionEnded, .linkRefused, .linkDetached: "closed-without-condition"
        case .protocolViolation: "protocol"
        case .closedLocally: "closed"
        case .messageTooLarge: "message-too-large"
        case .bindFailed: "bind"
        }
    }
}
