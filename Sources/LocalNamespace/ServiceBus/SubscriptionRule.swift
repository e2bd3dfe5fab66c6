import AMQPCodec

/// Which messages of a topic a subscription gets.
enum SubscriptionRule: Sendable, Hashable {
    case all
    case none
    /// Every given value has to be the message's own.
    case correlation(Correlation)

    struct Correlation: Sendable, Hashable {
        var contentType: String?
        var correlationID: String?
        var label: String?
        var messageID: String?
        var replyTo: String?
        var replyToSessionID: String?
        var sessionID: String?
        var to: String?
        var properties: [String: String] = [:]
    }

    func matches(_ message: AMQPMessage) -> Bool {
        switch self {
        case .all: true
        case .none: false
        case .correlation(let filter): filter.matches(message)
        }
    }
}

extension SubscriptionRule.Correlation {
    func matches(_ message: AMQPMessage) -> Bool {
        let properties = message.properties
        let fields: [(wanted: String?, found: String?)] = [
            (contentType, properties.contentType), (correlationID, properties.correlationID?.text),
            (label, properties.subject), (messageID, properties.messageID?.text), (replyTo, properties.replyTo),
            (replyToSessionID, properties.replyToGroupID), (sessionID, properties.groupID), (to, properties.to),
        ]
        return fields.allSatisfy { $0.wanted == nil || $0.wanted == $0.found }
            && self.properties.allSatisfy { name, wanted in
                guard let found = message.applicationProperties[name] else { return false }
                return (found.text ?? found.integer.map(String.init)) == wanted
            }
    }
}
