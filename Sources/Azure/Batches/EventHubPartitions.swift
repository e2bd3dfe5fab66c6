import AMQP
import AMQPCodec
import Logging

/// Asks a hub's namespace which partitions the hub has (reference 4.11).
enum EventHubPartitions {
    static let patience = Duration.seconds(10)
    private static let node = "$management"
    private static let replies = "twinroute-partitions"

    /// - Parameter securityToken: the token of the connection; `nil` where SASL was all.
    /// - Returns: ids in the hub's order; none where the namespace does not tell. Batches then go by
    ///   key, which costs full batches and nothing else.
    static func read(
        of hub: String, over connection: Connection, securityToken: String? = nil, logger: Logger
    ) async -> [String] {
        let answer = await withTaskGroup(of: Result<[String], Problem>.self) { group in
            group.addTask { await ask(hub, connection, securityToken) }
            group.addTask {
                try? await Task.sleep(for: patience)
                return .failure(Problem(description: "no answer for \(patience)"))
            }
            let first = await group.next() ?? .success([])
            group.cancelAll()
            return first
        }
        switch answer {
        case .success(let ids): return ids
        case .failure(let problem):
            logger.warning(
                "the event hub's partitions are not known; batches hold events of one key only",
                metadata: ["hub": "\(hub)", "reason": "\(problem.description)"])
            return []
        }
    }

    struct Problem: Error {
        var description: String
    }

    static func ask(_ hub: String, _ connection: Connection, _ token: String?) async -> Result<[String], Problem> {
        do {
            let receiver = try await connection.openReceiver(
                from: node, options: ReceiverOptions(targetAddress: replies, credit: 1))
            let sender = try await connection.openSender(to: node, options: SenderOptions(sourceAddress: replies)) { _ in }
            var request = AMQPMessage(body: .value(.null))
            request.properties.messageID = .string(replies)
            request.properties.replyTo = replies
            request.applicationProperties = [
                "operation": "READ", "type": "com.microsoft:eventhub", "name": .string(hub),
            ]
            if let token { request.applicationProperties.append("security_token", .string(token)) }
            var bytes: [UInt8] = []
            request.encode(into: &bytes)
            sender.send([OutgoingDelivery(id: 0, bytes: bytes[...])])
            var messages = receiver.messages.makeAsyncIterator()
            let answer = try await messages.next()?.first
            if let answer { receiver.settle([answer], as: .accepted) }
            let read = try answer.map { try partitions(in: AMQPMessage(parsing: $0.bytes)) }
            await sender.detach()
            await receiver.detach()
            return read ?? .failure(Problem(description: "no answer"))
        } catch {
            return .failure(Problem(description: "\(error)"))
        }
    }

    private static func partitions(in answer: AMQPMessage) -> Result<[String], Problem> {
        let status = answer.applicationProperties["status-code"]?.integer ?? 0
        guard (200..<300).contains(status) else {
            let said = answer.applicationProperties["status-description"]?.text ?? ""
            return .failure(Problem(description: "status \(status) \(said)"))
        }
        guard case .value(.map(let map)) = answer.body, case .array(let ids)? = map["partition_ids"] else {
            return .failure(Problem(description: "an answer without partition_ids"))
        }
        return .success(ids.elements.compactMap(\.text))
    }
}
