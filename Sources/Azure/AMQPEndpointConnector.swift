import AMQP
import Logging
import NIOCore
import Notifications

/// Connects to an event hub, or to a queue or topic, over AMQP 1.0.
public struct AMQPEndpointConnector: EndpointConnector {
    /// Where it leads: sessions with the same place can take each other's keys.
    struct Place: Sendable, Hashable {
        var host: String
        var port: Int
        var hostname: String?
        var tls: TLSSettings?
        var usesWebSocket: Bool
        var proxy: ProxySettings?
        var address: String
    }

    private let connection: ConnectionConfiguration
    private let address: String
    let signIn: TokenSignIn?
    private let writer: AMQPMessageWriter
    private let batches: BatchLimits?
    private let group: any EventLoopGroup
    private let logger: Logger

    /// - Parameters:
    ///   - address: the entity's path, as the sender link's target.
    ///   - batches: how events share a transfer, in the format of Event Hubs and Service Bus; `nil`
    ///     for a message an event, as other peers need it.
    ///   - signIn: tokens for `$cbs`; `nil` where the connection's SASL login is all.
    public init(
        connection: ConnectionConfiguration,
        address: String,
        signIn: TokenSignIn? = nil,
        writer: AMQPMessageWriter,
        batches: BatchLimits? = nil,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        self.connection = connection
        self.address = address
        self.signIn = signIn
        self.writer = writer
        self.batches = batches
        self.group = group
        self.logger = logger
    }

    var place: Place {
        Place(
            host: connection.host, port: connection.port, hostname: connection.hostname, tls: connection.tls,
            usesWebSocket: connection.usesWebSocket, proxy: connection.proxy, address: address)
    }

    public func connect(
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> any EndpointSession {
        let signedIn = try await SignedInConnection.open(
            connection, signIn: signIn, on: group, logger: logger, onConnected: { onProgress(.connected) },
            onRefused: { onProgress(.keyRefused($0)) })
        do throws(EndpointFailure) {
            return try await attach(signedIn, onReports)
        } catch {
            await signedIn.close()
            throw error
        }
    }

    private func attach(
        _ signedIn: SignedInConnection, _ onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> AMQPEndpointSession {
        do throws(AMQPError) {
            let sending = try await SendingWay.open(
                signedIn.connection, to: address, writer, batches, securityToken: signedIn.token?.text.revealed, group: group,
                logger: logger, onReports: onReports)
            return AMQPEndpointSession(connection: signedIn, sending: sending, place: place)
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
