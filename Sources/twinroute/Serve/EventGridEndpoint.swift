import Azure
import NIOCore
import Routing

/// From what the operator wrote of an Event Grid topic to the way there.
enum EventGridEndpoint {
    static func connector(for endpoint: EndpointDefinition, group: any EventLoopGroup) throws -> EventGridConnector {
        let topic = try EventGridTopic(parsing: endpoint.path ?? "")
        let method: EventGridCredential.Method = endpoint.auth == .token ? .token : .key
        return EventGridConnector(
            topic: topic,
            credential: EventGridCredential(method, key: endpoint.connectionString, topic: topic),
            writer: writer(for: endpoint),
            authority: endpoint.tls.ca,
            group: group)
    }

    /// What the topic is sent, for the bridge and for `explain`.
    static func writer(for endpoint: EndpointDefinition) -> EventGridEventWriter {
        EventGridEventWriter(schema: endpoint.schema == .cloudEvents ? .cloudEvents : .eventGrid, body: endpoint.body)
    }
}
