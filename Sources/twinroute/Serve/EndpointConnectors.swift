import AMQP
import Azure
import Delivery
import Foundation
import Logging
import NIOCore
import Notifications
import Routing
import Settings

/// From what the operator wrote of an endpoint to the way there.
enum EndpointConnectors {
    struct UnusableEndpoint: ExpectedError {
        let description: String
    }

    /// An entity behind an AMQP connection.
    struct Target {
        var connection: AMQP.ConnectionConfiguration
        /// The entity's path.
        var address: String
    }

    /// A way for each key that the endpoint has.
    static func connectors(
        for endpoint: EndpointDefinition, group: any EventLoopGroup, logger: Logger
    ) throws -> KeyedConnectors {
        KeyedConnectors(
            primary: try connector(for: endpoint, group: group, logger: logger),
            secondary: try endpoint.secondaryConnectionString.map { secondary in
                var other = endpoint
                other.connectionString = secondary
                return try connector(for: other, group: group, logger: logger)
            })
    }

    private static func connector(
        for endpoint: EndpointDefinition, group: any EventLoopGroup, logger: Logger
    ) throws -> any EndpointConnector {
        if endpoint.type == .eventGrid {
            return try EventGridEndpoint.connector(for: endpoint, group: group)
        }
        let target = try target(of: endpoint)
        return AMQPEndpointConnector(
            connection: target.connection,
            address: target.address,
            writer: writer(for: endpoint),
            batches: try batches(of: endpoint),
            group: group,
            logger: logger)
    }

    /// What the endpoint is sent, for the bridge and for `explain`.
    static func writer(for endpoint: EndpointDefinition) -> AMQPMessageWriter {
        AMQPMessageWriter(
            body: endpoint.body, partitionBy: endpoint.partitionBy,
            entity: endpoint.type == .serviceBus ? .queueOrTopic : .eventHub)
    }

    /// The batch format is Microsoft's: another peer gets a message an event unless it is asked for.
    static func batches(of endpoint: EndpointDefinition) throws -> BatchLimits? {
        let isAzure =
            switch try ConnectionString(parsing: endpoint.connectionString).authentication {
            case .sharedAccessKey, .sharedAccessSignature: true
            case .plain, .anonymous: false
            }
        let events = endpoint.batch.events ?? (isAzure ? EndpointBatch.defaultEvents : 1)
        guard events > 1 else { return nil }
        return BatchLimits(events: events, bytes: endpoint.batch.bytes, linger: endpoint.batch.linger)
    }

    static func target(of endpoint: EndpointDefinition) throws -> Target {
        guard endpoint.type != .eventGrid else {
            throw UnusableEndpoint(
                description: "endpoint \(endpoint.id) is an Event Grid topic, which can be sent to and not read from")
        }
        let location = try ConnectionString(parsing: endpoint.connectionString)
        guard let address = endpoint.path ?? location.entityPath else {
            let entity = endpoint.type == .eventHub ? "event hub" : "queue or topic"
            throw UnusableEndpoint(
                description: "endpoint \(endpoint.id) names no \(entity); set `path`, or EntityPath in its connection string")
        }
        let connection = AMQP.ConnectionConfiguration(
            host: location.host,
            port: location.port,
            tls: location.usesTLS ? AMQP.TLSSettings(authorities: endpoint.tls.ca.map { [$0] } ?? []) : nil,
            authentication: try authentication(of: location, endpoint: endpoint),
            containerID: "twinroute-\(UUID().uuidString.lowercased())")
        return Target(connection: connection, address: address)
    }

    /// With a key: SASL PLAIN, rule name and key as they stand (reference 4.2).
    private static func authentication(
        of location: ConnectionString, endpoint: EndpointDefinition
    ) throws -> AMQP.Authentication {
        switch location.authentication {
        case .sharedAccessKey(let name, let key):
            return .plain(user: name, password: key.revealed)
        case .plain(let user, let password):
            return .plain(user: user, password: password.revealed)
        case .anonymous:
            return .anonymous
        case .sharedAccessSignature:
            throw UnusableEndpoint(
                description: "endpoint \(endpoint.id) has a SharedAccessSignature, which this version cannot use yet; give SharedAccessKeyName and SharedAccessKey")
        }
    }
}
