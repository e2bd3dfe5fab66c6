import AMQPCodec

/// What `$cbs` says of a token (reference 4.3).
struct TokenAnswer: Sendable, Hashable {
    var status: Int64
    var description: String
    /// Only where the token was not accepted.
    var condition: String?

    /// `nil` where the message has no status.
    init?(_ message: AMQPMessage) {
        let properties = message.applicationProperties
        guard let status = properties["status-code"]?.integer else { return nil }
        self.status = status
        description = properties["status-description"]?.text ?? ""
        condition = properties["error-condition"]?.text
    }

    var isAccepted: Bool { (200..<300).contains(status) }

    /// - Parameter token: what was put.
    func failure(of token: SecurityToken.Kind = .sharedAccessSignature) -> EndpointFailure {
        let kind = FailureTable.kind(ofStatus: Int(clamping: status), from: .cbsStatus)
        let said = description.isEmpty ? "" : ": \(description)"
        let remedy =
            switch kind {
            case .unauthorized:
                switch token {
                case .sharedAccessSignature: "; check the rule's name and key, its right to send, and this machine's clock"
                case .jwt: "; check identity.tenant, the identity's role on the namespace, and this machine's clock"
                }
            case .gone: "; check path"
            default: ""
            }
        return EndpointFailure(
            kind: kind, condition: condition ?? "cbs:\(status)",
            detail: "the token was not accepted, status \(status)\(said)\(remedy)",
            retryAfter: RetryHint.inDescription(description))
    }
}
