import AMQPCodec

/// What answers requests: `$cbs` and the `$management` nodes.
protocol RequestNode: AnyObject {
    func answer(_ request: AMQPMessage, from client: Client) -> AMQPMessage
}

/// How an answer says what came of a request; the services are not of one mind about the names
/// (reference, trap 7).
enum StatusNames {
    /// `$cbs` and Event Hubs.
    case hyphenated
    /// Service Bus.
    case camelCase

    func answer(_ code: Int32, _ description: String, condition: String? = nil, body: AMQPValue = .null) -> AMQPMessage {
        let names = self == .hyphenated
            ? ("status-code", "status-description", "error-condition") : ("statusCode", "statusDescription", "errorCondition")
        var properties: AMQPMap = [.string(names.0): .int(code), .string(names.1): .string(description)]
        if let condition { properties.append(.string(names.2), .symbol(condition)) }
        return AMQPMessage(applicationProperties: properties, body: .value(body))
    }
}
