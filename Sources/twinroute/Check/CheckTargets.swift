import AMQP
import Azure
import Checking
import Delivery
import Foundation
import Logging
import NIOCore
import Notifications
import Routing
import Settings

/// From a configuration to what `check --connect` tries.
struct CheckTargets {
    let group: any EventLoopGroup

    /// Brokers, then endpoints, in the order of the configuration.
    func targets(of configuration: BridgeConfiguration) throws -> [any TargetCheck] {
        let brokers: [any TargetCheck] = configuration.brokers.compactMap { broker in
            // Several connections of one broker share all of it.
            BrokerConnections.configurations(for: broker).first.map { BrokerCheck(name: broker.name, $0, group: group) }
        }
        return try brokers + configuration.endpoints.map { try target(of: $0) }
    }

    private func target(of endpoint: EndpointDefinition) throws -> any TargetCheck {
        endpoint.type == .eventGrid ? try eventGrid(endpoint) : try entity(endpoint)
    }

    private func entity(_ endpoint: EndpointDefinition) throws -> AMQPEndpointCheck {
        let keys = try Self.keyed(endpoint).map { name, keyed in
            let target = try EndpointConnectors.target(of: keyed)
            return AMQPEndpointCheck.Key(
                name: name, connection: target.connection, address: target.address, signIn: target.signIn,
                connector: try EndpointConnectors.connectors(for: keyed, group: group, logger: .quiet).primary)
        }
        let target = try EndpointConnectors.target(of: endpoint)
        let over = endpoint.transport == .websockets ? ", WebSockets" : ""
        let proxy = target.connection.proxy.map { ", proxy \($0.host):\($0.port)" } ?? ""
        let location = HostAndPort(host: target.connection.host, port: target.connection.port)
        return AMQPEndpointCheck(
            name: endpoint.id.rawValue, place: "\(endpoint.type.rawValue) \(target.address) at \(location)\(over)\(proxy)", keys: keys,
            hasPartitions: endpoint.type == .eventHub && target.signIn != nil, group: group)
    }

    private func eventGrid(_ endpoint: EndpointDefinition) throws -> EventGridCheck {
        let topic = try EventGridTopic(parsing: endpoint.path ?? "")
        let keys = try Self.keyed(endpoint).map { name, keyed in
            (name: name, connector: try EventGridEndpoint.connector(for: keyed, group: group))
        }
        let way = AMQP.ConnectionConfiguration(
            host: topic.server.host, port: topic.server.port ?? (topic.usesTLS ? 443 : 80),
            tls: topic.usesTLS ? EndpointConnectors.tls(of: endpoint) : nil,
            proxy: try EndpointProxy.settings(of: endpoint, to: topic.server.host, overTLS: topic.usesTLS), containerID: "")
        return EventGridCheck(
            name: endpoint.id.rawValue, place: "EventGrid at \(HostAndPort(host: way.host, port: way.port))", way: way, keys: keys, group: group)
    }

    /// The endpoint once for each of its keys.
    private static func keyed(_ endpoint: EndpointDefinition) -> [(String, EndpointDefinition)] {
        var primary = endpoint
        primary.secondaryConnectionString = nil
        guard let secondary = endpoint.secondaryConnectionString else { return [("primary", primary)] }
        var other = primary
        other.connectionString = secondary
        return [("primary", primary), ("secondary", other)]
    }

    /// All that must not be shown, also in the pieces in which a far side could repeat it.
    static func secrets(
        of configuration: BridgeConfiguration, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [Secret] {
        // With an identity the connection string says where to, and holds no key.
        let strings = configuration.endpoints.filter { $0.identity == nil }.flatMap { [$0.connectionString] + ($0.secondaryConnectionString.map { [$0] } ?? []) }
        let pieces = strings.flatMap { string -> [Secret] in
            switch try? ConnectionString(parsing: string).authentication {
            case .sharedAccessKey(_, let key), .plain(_, let key), .sharedAccessSignature(let key): [string, key]
            case .anonymous, nil: [string]
            }
        }
        let fromEnvironment = ["HTTPS_PROXY", "https_proxy"].compactMap { environment[$0].map { Secret($0) } }
        let logins = (configuration.endpoints.compactMap(\.proxy) + fromEnvironment).flatMap { proxy -> [Secret] in
            let password = (try? ProxyURL(parsing: proxy))?.settings.login?.password
            return [proxy] + (password.map { [Secret($0)] } ?? [])
        }
        return pieces + logins + configuration.endpoints.compactMap(\.identity?.secret) + configuration.brokers.compactMap(\.password)
    }
}
