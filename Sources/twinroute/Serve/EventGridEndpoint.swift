import AMQP
import Azure
import Foundation
import NIOCore
import Notifications
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
            proxy: try proxy(of: endpoint, host: topic.server.host),
            group: group)
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

    /// What is written counts, then what the environment says.
    private static func proxy(of endpoint: EndpointDefinition, host: String) throws -> ProxySettings? {
        if let proxy = endpoint.proxy { return try ProxyURL(parsing: proxy).settings }
        return try ProxyURL.inEnvironment(ProcessInfo.processInfo.environment, for: host)?.settings
    }
}
