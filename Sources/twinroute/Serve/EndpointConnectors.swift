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
        /// `nil` where the SASL login is all.
        var signIn: TokenSignIn?
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
        let connector = AMQPEndpointConnector(
            connection: target.connection,
            address: target.address,
            signIn: target.signIn,
            writer: writer(for: endpoint),
            batches: try batches(of: endpoint),
            group: group,
            logger: logger)
        return endpoint.connections > 1 ? ParallelConnector(connector, count: endpoint.connections) : connector
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
            switch try location(of: endpoint).authentication {
            case .sharedAccessKey, .sharedAccessSignature: true
            case .plain, .anonymous: endpoint.identity != nil
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
        let location = try location(of: endpoint)
        guard let address = endpoint.path ?? location.entityPath else {
            let entity = endpoint.type == .eventHub ? "event hub" : "queue or topic"
            throw UnusableEndpoint(
                description: "endpoint \(endpoint.id) names no \(entity); set `path`, or EntityPath in its connection string")
        }
        let (authentication, tokens) = try signIn(of: location, endpoint: endpoint)
        let connection = AMQP.ConnectionConfiguration(
            host: location.host,
            port: endpoint.transport == .websockets ? location.webSocketPort : location.port,
            tls: location.usesTLS ? tls(of: endpoint) : nil,
            usesWebSocket: endpoint.transport == .websockets,
            // The environment's is meant for port 443, and only for that.
            proxy: try EndpointProxy.settings(
                of: endpoint, to: location.host, overTLS: location.usesTLS && endpoint.transport == .websockets),
            authentication: authentication,
            containerID: "twinroute-\(UUID().uuidString.lowercased())")
        return Target(
            connection: connection, address: address,
            signIn: tokens.map { TokenSignIn(source: $0, audience: location.audience(of: address)) })
    }

    private static func location(of endpoint: EndpointDefinition) throws -> ConnectionString {
        try ConnectionString(parsing: endpoint.connectionString, hasIdentity: endpoint.identity != nil)
    }

    static func tls(of endpoint: EndpointDefinition) -> AMQP.TLSSettings {
        AMQP.TLSSettings(
            authorities: endpoint.tls.ca.map { [$0] } ?? [], certificate: endpoint.tls.certificate, key: endpoint.tls.key)
    }

    private static func signIn(
        of location: ConnectionString, endpoint: EndpointDefinition
    ) throws -> (AMQP.Authentication, (any TokenSource)?) {
        if let identity = endpoint.identity { return (.anonymous, try EndpointIdentities.tokens(identity, of: endpoint)) }
        return switch location.authentication {
        case .sharedAccessKey(let name, let key):
            switch endpoint.auth {
            case .token: (.anonymous, SharedAccessKeyTokens(name: name, key: key))
            case .plain: (.plain(user: name, password: key.revealed), nil)
            }
        case .plain(let user, let password): (.plain(user: user, password: password.revealed), nil)
        case .anonymous: (endpoint.tls.certificate == nil ? .anonymous : .external, nil)
        case .sharedAccessSignature(let token): (.anonymous, GivenSignature(token))
        }
    }
}
