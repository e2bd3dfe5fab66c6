import AMQP

extension EndpointFailure {
    /// What an AMQP error means for an endpoint.
    public init(_ error: AMQPError) {
        if let condition = Self.saidByPeer(error) {
            self.init(
                kind: FailureTable.kind(ofEnding: condition.condition), condition: condition.condition, detail: "\(error)",
                retryAfter: condition.description.flatMap(RetryHint.inDescription))
        } else {
            let (source, word) = Self.place(of: error)
            self.init(kind: FailureTable.kind(of: word, from: source) ?? .transient, condition: word, detail: "\(error)")
            if source == .saslOutcome { condition = "sasl" }
        }
    }

    /// What the rejection of an event means.
    public init(rejection: ErrorCondition?) {
        self.init(
            kind: FailureTable.kind(ofRejection: rejection?.condition), condition: rejection?.condition ?? "amqp:rejected",
            detail: rejection?.description ?? "the far side gave no description",
            retryAfter: rejection?.description.flatMap(RetryHint.inDescription))
    }

    /// What a violation carries is what we told the peer.
    private static func saidByPeer(_ error: AMQPError) -> ErrorCondition? {
        if case .protocolViolation = error { nil } else { error.condition }
    }

    /// The row of ``FailureTable`` for an error without a condition.
    static func place(of error: AMQPError) -> (FailureTable.Source, String) {
        switch error {
        case .invalidConfiguration: (.bridge, "configuration")
        case .hostNotFound: (.connection, "dns")
        case .connectFailed: (.connection, "tcp")
        case .timedOut(let phase, _): (.connection, "timeout:\(phase.rawValue)")
        case .tlsFailed: (.connection, "tls")
        case .transportRefused(.proxy, _, _): (.connection, "proxy")
        case .transportRefused(.webSocket, _, _): (.connection, "websocket")
        case .mechanismNotOffered: (.saslOutcome, "mechanism")
        case .authenticationRefused(_, let failure): (.saslOutcome, word(of: failure))
        case .idleTimeout: (.connection, "idle-timeout")
        case .connectionLost: (.connection, "connection-lost")
        case .connectionClosed, .sessionEnded, .linkRefused, .linkDetached: (.connection, "closed-without-condition")
        case .protocolViolation: (.connection, "protocol")
        case .closedLocally: (.bridge, "closed")
        case .messageTooLarge: (.bridge, "message-too-large")
        case .bindFailed: (.bridge, "bind")
        }
    }

    /// The codes as the specification names them.
    private static func word(of failure: SASLFailure) -> String {
        switch failure {
        case .credentials: "auth"
        case .system: "sys"
        case .permanent: "sys-perm"
        case .temporary: "sys-temp"
        }
    }
}
