import Notifications
import Routing

/// One subscription of a broker: which topics, and what comes on them.
public struct IngestSubscription: Sendable, Hashable {
    /// What a message on the topic is.
    public enum Kind: Sendable, Hashable {
        /// An event of this type: a device's raw telemetry, or a twin event.
        case event(EventType)
        /// A complete CloudEvent of any type.
        case cloudEvent
    }

    public var topic: TopicTemplate
    public var kind: Kind
    /// Whether telemetry on IoT Hub's device topics gets the annotations that IoT Hub adds
    /// (reference 6.4).
    public var annotatesTelemetry: Bool

    public init(topic: TopicTemplate, kind: Kind, annotatesTelemetry: Bool = true) {
        self.topic = topic
        self.kind = kind
        self.annotatesTelemetry = annotatesTelemetry
    }
}
