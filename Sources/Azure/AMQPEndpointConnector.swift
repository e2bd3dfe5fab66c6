import AMQP
import Logging
import NIOCore
import Notifications
import Synchronization

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
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> any EndpointSession {
        do throws(AMQPError) {
            let connection = try await Connection.connect(self.connection, on: group, logger: logger)
            onProgress(.connected)
            do throws(AMQPError) {
                let followUps = FollowUps()
                let sender = try await connection.openSender(to: address) { settlements in
                    followUps.send(onReports(settlements.map(DeliveryReport.init)))
                }
                let session = AMQPEndpointSession(
                    connection: connection, sender: sender, writer: writer, onReports: onReports)
                followUps.session.withLock { $0 = session }
                return session
            } catch {
                await connection.close()
                throw error
            }
        } catch {
            throw EndpointFailure(error)
        }
    }
}

/// What reports call for, sent over the session that they came from. The session is there before
/// anything is sent, so before any report.
private final class FollowUps: Sendable {
    let session = Mutex<AMQPEndpointSession?>(nil)

    func send(_ events: [OutboundEvent]) {
        guard !events.isEmpty else { return }
        session.withLock { $0 }?.send(events)
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
