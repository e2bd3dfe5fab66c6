import AMQP
import AMQPCodec

/// `$management` of the namespace: what Event Hubs clients read (reference 4.11).
final class EventHubManagement: RequestNode {
    private unowned let namespace: Namespace

    init(namespace: Namespace) {
        self.namespace = namespace
    }

    func answer(_ request: AMQPMessage, from client: Client) -> AMQPMessage {
        let properties = request.applicationProperties
        do throws(Refusal) {
            guard properties["operation"]?.text == "READ" else {
                throw Refusal("amqp:not-implemented", "only READ is here")
            }
            guard let name = properties["name"]?.text else {
                throw Refusal("amqp:invalid-field", "the request names no event hub")
            }
            try authorize(name, token: properties["security_token"]?.text, client)
            let hub = try namespace.hub(name)
            hub.trim(at: namespace.now)
            switch properties["type"]?.text {
            case "com.microsoft:eventhub": return done(description(of: hub, name))
            case "com.microsoft:partition":
                let id = properties["partition"]?.text ?? properties["partition"]?.integer.map(String.init) ?? ""
                return done(description(of: hub, name, partition: try hub.partitionIndex(id)))
            default: throw Refusal("amqp:not-implemented", "type is neither com.microsoft:eventhub nor com.microsoft:partition")
            }
        } catch {
            let condition = error.condition
            return StatusNames.hyphenated.answer(
                Self.code(for: condition.condition), condition.description ?? "", condition: condition.condition)
        }
    }

    private func authorize(_ name: String, token: String?, _ client: Client) throws(Refusal) {
        guard !namespace.mayUse(path: name.lowercased(), claims: [.listen, .send], client) else { return }
        guard let token, case .granted = namespace.verify(token: token, audience: "sb://host/\(name)") else {
            throw Refusal("amqp:unauthorized-access", "no valid token for '\(name)'")
        }
    }

    private static func code(for condition: String) -> Int32 {
        switch condition {
        case "amqp:unauthorized-access": 401
        case "amqp:not-implemented": 501
        case "amqp:invalid-field": 400
        default: 404
        }
    }

    private func done(_ map: AMQPMap) -> AMQPMessage {
        StatusNames.hyphenated.answer(200, "OK", body: .map(map))
    }

    private func description(of hub: EventHub, _ name: String) -> AMQPMap {
        let ids = hub.partitions.indices.map { AMQPValue.string(String($0)) }
        return [
            "name": .string(name), "type": "com.microsoft:eventhub", "created_at": .timestamp(hub.createdAt),
            "partition_count": .int(Int32(clamping: ids.count)),
            "partition_ids": AMQPArray(of: .string, ids).map { .array($0) } ?? .null,
        ]
    }

    private func description(of hub: EventHub, _ name: String, partition index: Int) -> AMQPMap {
        let partition = hub.partitions[index]
        return [
            "name": .string(name), "partition": .string(String(index)), "type": "com.microsoft:partition",
            "begin_sequence_number": .long(partition.firstSequence),
            "last_enqueued_sequence_number": .long(partition.last?.sequence ?? -1),
            "last_enqueued_offset": .string(partition.last.map { String($0.offset) } ?? "-1"),
            "last_enqueued_time_utc": .timestamp(partition.last?.enqueuedAt ?? 0),
            "is_partition_empty": .boolean(partition.isEmpty),
        ]
    }
}
