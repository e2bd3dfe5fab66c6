public import AMQP
import AsyncHTTPClient
import Logging
import NIOCore
import Notifications

/// Publishes to an Event Grid topic over HTTPS.
public struct EventGridConnector: EndpointConnector {
    let topic: EventGridTopic
    private let credential: EventGridCredential
    private let writer: EventGridEventWriter
    private let limits: EventGridLimits
    private let authority: String?
    private let proxy: ProxySettings?
    private let group: any EventLoopGroup

    /// - Parameters:
    ///   - authority: a PEM file of authorities that are trusted beside the system's.
    ///   - proxy: makes a tunnel (`CONNECT`) to the topic.
    public init(
        topic: EventGridTopic, credential: EventGridCredential, writer: EventGridEventWriter,
        limits: EventGridLimits = EventGridLimits(), authority: String? = nil,
        proxy: ProxySettings? = nil, group: any EventLoopGroup
    ) {
        self.topic = topic
        self.credential = credential
        self.writer = writer
        self.limits = limits
        self.authority = authority
        self.proxy = proxy
        self.group = group
    }

    /// An array without an event tells whether the topic is there and takes the key, and harms
    /// nothing: whether the service takes it or finds it wanting, it has looked at the key first.
    public func connect(
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> any EndpointSession {
        let publisher = EventGridPublisher(
            client: client(), topic: topic, credential: credential, contentType: writer.contentType,
            timeout: TimeAmount(limits.answerTimeout))
        let answer = await publisher.publish(ByteBuffer(string: "[]"))
        if let failure = Self.refusal(in: answer) {
            try? await publisher.client.shutdown()
            throw failure
        }
        onProgress(.connected)
        return EventGridSession(
            EventGridFeed(publisher: publisher, writer: writer, limits: limits, onReports: onReports))
    }

    private static func refusal(in answer: EventGridPublisher.Answer) -> EndpointFailure? {
        switch answer {
        case .accepted: nil
        case .refused(let failure): failure.kind.isFinalForEvent ? nil : failure
        case .none(let failure): failure
        }
    }

    func client() -> HTTPClient {
        var configuration = HTTPClient.Configuration(trusting: authority, through: proxy)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limits.requests
        return HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }
}
