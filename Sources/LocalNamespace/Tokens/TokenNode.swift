import AMQPCodec

/// `$cbs`: takes tokens (reference 4.3).
final class TokenNode: RequestNode {
    private unowned let namespace: Namespace

    init(namespace: Namespace) {
        self.namespace = namespace
    }

    func answer(_ request: AMQPMessage, from client: Client) -> AMQPMessage {
        let properties = request.applicationProperties
        guard properties["operation"]?.text == "put-token" else {
            return StatusNames.hyphenated.answer(501, "only put-token is here", condition: "amqp:not-implemented")
        }
        let token: String? =
            switch request.body {
            case .value(let value): value.text
            case .data(let parts): String(decoding: Array(parts.joined()), as: UTF8.self)
            case .sequence: nil
            }
        guard let token else {
            return StatusNames.hyphenated.answer(400, "the body holds no token", condition: "amqp:invalid-field")
        }
        let audience = properties["name"]?.text
        switch namespace.verify(token: token, audience: audience) {
        case .refused(let reason):
            return StatusNames.hyphenated.answer(401, reason, condition: "amqp:unauthorized-access")
        case .granted(let grant):
            client.grant(grant, audience: audience.map { SharedAccessSignature.path(of: $0) } ?? grant.path)
            namespace.watchTokens(of: client)
            namespace.statistics.tokens += 1
            return StatusNames.hyphenated.answer(202, "Accepted")
        }
    }
}
