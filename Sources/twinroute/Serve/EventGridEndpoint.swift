import Azure
import NIOCore
import Notifications
import Routing

/// From what the operator wrote of an Event Grid topic to the way there.
enum EventGridEndpoint {
    static func connector(for endpoint: EndpointDefinition, group: any EventLoopGroup) throws -> EventGridConnector {
        let topic = try EventGridTopic(parsing: endpoint.path ?? "")
        return EventGridConnector(
            topic: topic,
            credential: try credential(of: endpoint, for: topic),
            writer: writer(for: endpoint),
            authority: endpoint.tls.ca,
            proxy: try EndpointProxy.settings(of: endpoint, to: topic.server.host, overTLS: topic.usesTLS),
            group: group)
    }

    private static func credential(
        of endpoint: EndpointDefinition, for topic: EventGridTopic
    ) throws -> EventGridCredential {
        if let identity = endpoint.identity {
            return EventGridCredential(try EndpointIdentities.tokens(identity, of: endpoint))
        }
        return EventGridCredential(
            endpoint.auth == .token ? .token : .key, key: endpoint.connectionString, topic: topic)
    }

    /// What the topic is sent, for the bridge and for `explain`.
    static func writer(for endpoint: EndpointDefinition) -> EventGridEventWriter {
        let schema: EventGridEventWriter.Schema =
            switch endpoint.schema {
            case .eventGrid: .eventGrid
            case .cloudEvents: .cloudEvents
            case .custom: .mapped(endpoint.fields)
            }
        return EventGridEventWriter(schema: schema, body: endpoint.body)
    }
}
