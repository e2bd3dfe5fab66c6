import HeaderSerialization
import Notifications

/// A complete CloudEvent, in whichever mode it comes (reference 7.3): MQTT 5 binary or structured,
/// and structured JSON where there is no content type to say so, as with MQTT 3.1.1.
struct CloudEventMapping {
    let settings: IngestSettings

    func event(
        from arrival: Arrival, identifiers: inout IdentifierGenerator
    ) throws(RefusalReason) -> MappedEvent {
        do throws(SerializationError) {
            let publish = arrival.publish
            let notification =
                switch MQTT5Serialization().mode(of: publish) {
                case .binary, .structured:
                    try MQTT5Serialization().decode(publish, nowMilliseconds: arrival.milliseconds)
                case .raw:
                    try MQTT3Serialization().decode(publish)
                }
            return try complete(notification, identifiers: &identifiers)
        } catch {
            throw .malformed(error)
        }
    }

    /// The common end of an event that came whole, over MQTT or HTTP: its body is held to its
    /// content type, and its trace is begun where it brings none.
    func complete(
        _ event: Notification, identifiers: inout IdentifierGenerator
    ) throws(SerializationError) -> MappedEvent {
        var notification = event
        let type = EventType(name: notification.type, serviceName: settings.serviceName)
        if let type {
            try TwinEventRules.check(notification, as: type, in: settings.dialect)
        } else {
            try BodyRules.check(notification.body, contentType: notification.dataContentType)
        }
        if notification.traceParent == nil { notification.traceParent = identifiers.nextTraceParent() }
        return MappedEvent(notification: notification, startsSubjectAnew: type?.beginsSubject ?? false)
    }
}
