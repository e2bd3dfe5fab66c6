import AMQP
import AMQPCodec

extension Namespace {
    /// As Event Hubs has it for a publication (reference 4.9), less what the service's own
    /// annotations need when the message goes out again.
    static let maximumMessageBytes: UInt64 = (1 << 20) - 2048

    /// Finds what a link is to do.
    func agreement(on request: LinkRequest, _ client: Client) throws(Refusal) -> LinkAgreement {
        guard !request.isCoordinator, !request.isDynamic else {
            throw Refusal("amqp:not-implemented", "transactions and dynamic nodes are not here")
        }
        guard let node = NodeAddress(request.address) else {
            throw Refusal("amqp:invalid-field", "the link names no entity")
        }
        if let claims = Self.claim(for: node, request.role), !mayUse(path: node.path, claims: claims, client) {
            throw Refusal(
                "amqp:unauthorized-access", "Unauthorized access. \(claims.map(\.rawValue).joined(separator: " or ")) is required for '\(node.path)'.")
        }
        if let name = node.entityName, faults.isDisabled(name, at: now) {
            throw Refusal("com.microsoft:entity-disabled", "'\(name)' is disabled on request")
        }
        return switch request.role {
        case .receiving: try agreementToReceive(request, node, client)
        case .sending: try agreementToSend(request, node, client)
        }
    }

    private func agreementToReceive(
        _ request: LinkRequest, _ node: NodeAddress, _ client: Client
    ) throws(Refusal) -> LinkAgreement {
        switch node {
        case .tokens:
            return requests(TokenNode(namespace: self), node, client)
        case .management(of: nil):
            return requests(EventHubManagement(namespace: self), node, client)
        case .management(let entity?):
            return requests(ServiceBusManagement(namespace: self, node: entity), node, client)
        case .entity(let name):
            return sender(to: try entities.entity(name), partition: nil)
        case .partition(let name, let id):
            return sender(to: try entities.entity(name), partition: try hub(name).partitionIndex(id))
        case .consumer, .subscription, .deadLetters:
            throw Refusal("amqp:not-allowed", "'\(node.path)' takes no messages; send to '\(node.entityName ?? "")'")
        }
    }

    private func requests(_ answerer: any RequestNode, _ node: NodeAddress, _ client: Client) -> LinkAgreement {
        LinkAgreement(
            settings: LinkSettings(credit: 100, maxMessageSize: Self.maximumMessageBytes),
            handler: RequestLink(node: answerer, client: client, path: Self.replyPath(node)))
    }

    private static func replyPath(_ node: NodeAddress) -> String {
        if case .management = node { return "$management of \(node.path)" }
        return node.path
    }

    private func sender(to entity: Entity, partition: Int?) -> LinkAgreement {
        LinkAgreement(
            settings: LinkSettings(
                credit: 0, maxMessageSize: Self.maximumMessageBytes,
                properties: [.symbol("com.microsoft:max-message-batch-size"): .ulong(Self.maximumMessageBytes)]),
            handler: EntitySenderLink(namespace: self, entity: entity, partition: partition))
    }

    private func agreementToSend(
        _ request: LinkRequest, _ node: NodeAddress, _ client: Client
    ) throws(Refusal) -> LinkAgreement {
        switch node {
        case .tokens, .management:
            return LinkAgreement(settings: LinkSettings(), handler: ReplyLink(path: Self.replyPath(node), client: client))
        case .consumer(let name, let group, let partition):
            return try eventReader(of: try hub(name), group, partition, request)
        case .entity, .subscription, .deadLetters:
            if let queue = try queue(at: node, for: request, client) { return try queueReceiver(queue, request) }
            return LinkAgreement(
                settings: LinkSettings(),
                handler: HubReaderLink(hub: try hub(node.entityName ?? ""), start: try start(of: request)))
        case .partition:
            throw Refusal("amqp:not-allowed", "receive from '\(node.entityName ?? "")/ConsumerGroups/$Default/Partitions/…'")
        }
    }

    // MARK: Event Hubs

    private func start(of request: LinkRequest) throws(Refusal) -> StartPosition {
        guard let start = StartPosition(filters: request.filters) else {
            throw Refusal("amqp:invalid-field", "the selector filter cannot be read; see reference of Event Hubs start positions")
        }
        return start
    }

    private func eventReader(
        of hub: EventHub, _ group: String, _ partition: String, _ request: LinkRequest
    ) throws(Refusal) -> LinkAgreement {
        guard hub.hasConsumerGroup(group) else {
            throw Refusal("amqp:not-found", "The messaging entity '\(hub.name)/ConsumerGroups/\(group)' could not be found.")
        }
        let tellsEnd = request.desiredCapabilities.contains("com.microsoft:enable-receiver-runtime-metric")
        let reader = try PartitionReaderLink(
            hub: hub, partition: try hub.partitionIndex(partition), group: group,
            level: request.properties["com.microsoft:epoch"]?.integer, start: try start(of: request),
            tellsEnd: tellsEnd, clock: { [unowned self] in now })
        return LinkAgreement(settings: LinkSettings(), handler: reader)
    }

    // MARK: Service Bus

    private static let sessionFilter = "com.microsoft:session-filter"

    /// Nil: the node is to be read as an event hub.
    private func queue(at node: NodeAddress, for request: LinkRequest, _ client: Client) throws(Refusal) -> Queue? {
        switch node {
        case .subscription(let topic, let name):
            let entity = try entities.entity(topic)
            if entity.isDeclared, entity.topic == nil { throw Refusal("amqp:not-found", "The messaging entity '\(node.path)' could not be found.") }
            return try entity.subscriptionView(name)
        case .deadLetters(let owner):
            return try queue(at: owner, isServiceBus: true)?.deadLetters
        default:
            return try queue(at: node, isServiceBus: Self.isServiceBus(request, client))
        }
    }

    /// The queue that a node stands for.
    ///
    /// - Parameter isServiceBus: a name made on the fly becomes a queue.
    func queue(at node: NodeAddress, isServiceBus: Bool) throws(Refusal) -> Queue? {
        switch node {
        case .entity(let name):
            let entity = try entities.entity(name)
            if let queue = entity.queue, entity.isDeclared || isServiceBus { return queue }
            if entity.isDeclared, entity.topic != nil {
                throw Refusal("amqp:not-allowed", "'\(name)' is a topic; receive from '\(name)/Subscriptions/…'")
            }
            return isServiceBus ? try entity.queueView() : nil
        case .subscription(let topic, let name):
            return try entities.entity(topic).subscriptionView(name)
        case .deadLetters(let owner):
            return try queue(at: owner, isServiceBus: true)?.deadLetters
        default:
            return nil
        }
    }

    /// Service Bus clients name their receiver, or ask for a session; Event Hubs clients name a
    /// partition, and so never come here.
    private static func isServiceBus(_ request: LinkRequest, _ client: Client) -> Bool {
        request.properties["com.microsoft:receiver-name"] != nil || request.properties["com.microsoft:entity-type"] != nil
            || request.filters.entries.contains { $0.key.text == sessionFilter }
            || client.connection.containerID.hasPrefix("SBReceiver")
    }

    private func queueReceiver(_ queue: Queue, _ request: LinkRequest) throws(Refusal) -> LinkAgreement {
        let wish = request.filters.entries.first { $0.key.text == Self.sessionFilter }
        if queue.state.settings.dropsOldest { queue.setRequiresSession(wish != nil) }
        var settings = LinkSettings(settlesOutcomes: false)
        var session: String?
        if let wish {
            guard queue.state.settings.requiresSession else {
                throw Refusal("amqp:not-allowed", "'\(queue.state.path)' has no sessions")
            }
            let (id, until) = try acceptSession(Self.sessionID(wish.value), of: queue)
            session = id
            settings.filters = [wish.key: Self.sessionAnswer(wish.value, id)]
            settings.properties = [.symbol("com.microsoft:locked-until-utc"): .long(621_355_968_000_000_000 + until * 10_000)]
        } else if queue.state.settings.requiresSession {
            throw Refusal("amqp:not-allowed", "'\(queue.state.path)' requires sessions; use a session receiver")
        }
        return LinkAgreement(
            settings: settings,
            handler: QueueReceiverLink(queue: queue, deletes: request.settleMode == .settled, session: session))
    }

    private static func sessionID(_ value: AMQPValue) -> String? {
        if case .described(_, let inner) = value { return inner.text }
        return value.text
    }

    /// The filter comes back with the id of the session, in the form it had.
    private static func sessionAnswer(_ wish: AMQPValue, _ id: String) -> AMQPValue {
        if case .described(let descriptor, _) = wish { return .described(descriptor: descriptor, value: .string(id)) }
        return .string(id)
    }

    private func acceptSession(_ id: String?, of queue: Queue) throws(Refusal) -> (String, Milliseconds) {
        let number = queue.nextReceiverNumber()
        switch queue.change({ $0.acceptSession(id, by: number, at: now) }) {
        case .held(let id, let until): return (id, until)
        case .locked:
            throw Refusal("com.microsoft:session-cannot-be-locked", "another receiver holds session '\(id ?? "")'")
        case .noneFree:
            throw Refusal("com.microsoft:timeout", "no session has messages that nobody receives")
        }
    }
}
