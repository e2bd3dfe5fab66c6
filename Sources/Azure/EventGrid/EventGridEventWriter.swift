import HeaderSerialization
public import Notifications

/// Writes notifications as a topic's input schema wants them.
public struct EventGridEventWriter: Sendable {
    public enum Schema: Sendable, Hashable {
        case eventGrid
        case cloudEvents
        /// A topic with a custom input schema, whose mapping reads fields of these names.
        case mapped(EventGridFieldNames)
    }

    public let schema: Schema
    private let body: BodyFormat

    public init(schema: Schema = .eventGrid, body: BodyFormat = .json) {
        self.schema = schema
        self.body = body
    }

    /// Of a request, whose body is an array always.
    var contentType: String {
        switch schema {
        case .eventGrid, .mapped: "application/json; charset=utf-8"
        case .cloudEvents: "application/cloudevents-batch+json; charset=utf-8"
        }
    }

    /// Appends one event as a JSON object.
    ///
    /// - Throws: where the body cannot be written in the format; `bytes` is then as it was.
    public func append(_ notification: Notification, to bytes: inout [UInt8]) throws(SerializationError) {
        let event = body == .json ? notification : try body.apply(to: notification)
        switch schema {
        case .eventGrid: try EventGridSerialization().encode(event, into: &bytes)
        case .mapped(let fields): try EventGridSerialization(fields: fields).encode(event, into: &bytes)
        case .cloudEvents: try JSONEventFormat().encode(event, into: &bytes)
        }
    }
}
