import AMQP
import AMQPCodec
import Logging

/// Asks a hub's namespace which partitions the hub has (reference 4.11).
enum EventHubPartitions {
    static let patience = Duration.seconds(10)

    /// - Parameter securityToken: the token of the connection; `nil` where SASL was all.
    /// - Returns: ids in the hub's order; none where the namespace does not tell. Batches then go by
    ///   key, which costs full batches and nothing else.
    static func read(
        of hub: String, over connection: Connection, securityToken: String? = nil, logger: Logger
    ) async -> [String] {
        // A link that is not answered must not hold the session up either; nor does the question outlive it.
        let asking = Task { () async -> Result<[String], EndpointFailure> in
            do throws(EndpointFailure) {
                return .success(try await ask(hub, connection, securityToken))
            } catch {
                return .failure(error)
            }
        }
        defer { asking.cancel() }
        switch await asking.outcome(within: patience) ?? .failure(noAnswer) {
        case .success(let ids): return ids
        case .failure(let failure):
            logger.warning(
                "the event hub's partitions are not known; batches hold events of one key only",
                metadata: [LogKey.entity: "\(hub)", LogKey.reason: "\(failure.detail)"])
            return []
        }
    }

    static func ask(_ hub: String, _ connection: Connection, _ token: String?) async throws(EndpointFailure) -> [String] {
        var properties: AMQPMap = ["operation": "READ", "type": "com.microsoft:eventhub", "name": .string(hub)]
        if let token { properties.append("security_token", .string(token)) }
        let requests = RequestClient(connection: connection, node: "$management", limit: patience)
        let request = AMQPMessage(applicationProperties: properties, body: .value(.null))
        guard let answer = try await requests.answer(to: request, read: { $0 }) else { throw noAnswer }
        return try partitions(in: answer)
    }

    private static func partitions(in answer: AMQPMessage) throws(EndpointFailure) -> [String] {
        let status = answer.applicationProperties["status-code"]?.integer ?? 0
        guard (200..<300).contains(status) else {
            throw failure("status \(status) \(answer.applicationProperties["status-description"]?.text ?? "")")
        }
        guard case .value(.map(let map)) = answer.body, case .array(let ids)? = map["partition_ids"] else {
            throw failure("an answer without partition_ids")
        }
        return ids.elements.compactMap(\.text)
    }

    private static var noAnswer: EndpointFailure { failure("no answer for \(patience)") }

    private static func failure(_ detail: String) -> EndpointFailure {
        EndpointFailure(kind: .transient, condition: "$management", detail: detail)
    }
}
