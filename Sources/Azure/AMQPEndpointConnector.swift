import AMQP
import Logging
import NIOCore
import Notifications

/// Connects to an event hub, or to a queue or topic, over AMQP 1.0.
public struct AMQPEndpointConnector: EndpointConnector {
    private let connection: ConnectionConfiguration
    private let address: String
    private let writer: AMQPMessageWriter
    private let group: any EventLoopGroup
    private let logger: Logger

    /// - Parameter address: the entity's path, as the sender link's target.
    public init(
        connection: ConnectionConfiguration,
        address: String,
        writer: AMQPMessageWriter,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        self.connection = connection
        self.address = address
        self.writer = writer
        self.group = group
        self.logger = logger
    }

    public func connect(
        onReports: @escaping @Sendable ([DeliveryReport]) -> Void
    ) async throws(EndpointFailure) -> any EndpointSession {
        do throws(AMQPError) {
            let connection = try await Connection.connect(self.connection, on: group, logger: logger)
            do throws(AMQPError) {
                let sender = try await connection.openSender(to: address) { settlements in
                    onReports(settlements.map(DeliveryReport.init))
                }
                return AMQPEndpointSession(
                    connection: connection, sender: sender, writer: writer, onReports: onReports)
            } catch {
                await connection.close()
                throw error
            }
        } catch {
            throw EndpointFailure(error)
        }
    }
}

extension DeliveryReport {
    init(_ settlement: Settlement) {
        let outcome: Outcome =
            switch settlement.outcome {
            case .accepted:
                .accepted
            case .rejected(let error):
                .refused(
                    condition: error?.condition ?? "amqp:rejected",
                    description: error?.description ?? "the far side gave no description")
            case .released:
                .returned(reason: "released")
            case .modified(_, let undeliverableHere):
                undeliverableHere
                    ? .refused(condition: "amqp:modified", description: "the far side says: undeliverable here")
                    : .returned(reason: "modified")
            }
        self.init(id: settlement.id, outcome: outcome)
    }
}
