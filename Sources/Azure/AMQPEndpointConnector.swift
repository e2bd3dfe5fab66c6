import AMQP
import Logging
import NIOCore
import Notifications

/// Connects to an event hub, or to a queue or topic, over AMQP 1.0.
public struct AMQPEndpointConnector: EndpointConnector {
    private let connection: ConnectionConfiguration
    private let address: String
    private let writer: AMQPMessageWriter
    private let batches: BatchLimits?
    private let group: any EventLoopGroup
    private let logger: Logger

    /// - Parameters:
    ///   - address: the entity's path, as the sender link's target.
    ///   - batches: how events share a transfer, in the format of Event Hubs and Service Bus; `nil`
    ///     for a message an event, as other peers need it.
    public init(
        connection: ConnectionConfiguration,
        address: String,
        writer: AMQPMessageWriter,
        batches: BatchLimits? = nil,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        self.connection = connection
        self.address = address
        self.writer = writer
        self.batches = batches
        self.group = group
        self.logger = logger
    }

    public func connect(
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> any EndpointSession {
        do throws(AMQPError) {
            let connection = try await Connection.connect(self.connection, on: group, logger: logger)
            onProgress(.connected)
            do throws(AMQPError) {
                let sending = try await SendingWay.open(
                    connection, to: address, writer, batches, group: group, logger: logger, onReports: onReports)
                return AMQPEndpointSession(connection: connection, sending: sending)
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
                .failed(EndpointFailure(rejection: error))
            case .released:
                .failed(EndpointFailure(ofOutcome: "amqp:released", detail: "released by the far side"))
            case .modified(_, let undeliverableHere):
                undeliverableHere
                    ? .failed(
                        EndpointFailure(
                            ofOutcome: "amqp:modified:undeliverable-here", detail: "the far side says: undeliverable here"))
                    : .failed(EndpointFailure(ofOutcome: "amqp:modified", detail: "modified by the far side"))
            }
        self.init(id: settlement.id, outcome: outcome)
    }
}

extension EndpointFailure {
    fileprivate init(ofOutcome condition: String, detail: String) {
        self.init(kind: FailureTable.kind(ofRejection: condition), condition: condition, detail: detail)
    }
}
