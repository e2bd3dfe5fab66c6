import HeaderSerialization
import Notifications
import Routing

/// A device's message as telemetry.
///
/// | of the notification | from |
/// |---|---|
/// | `id` | made here |
/// | `source` | the configuration's `source` |
/// | `type` | `microsoft.iot.telemetry` |
/// | `subject` | the template's `{subject}`; without one, the whole topic |
/// | `time` | when the batch was read |
/// | `datacontenttype` | `$.ct` of the property bag, else MQTT 5 Content Type, else by the first byte |
/// | `traceparent` | the user property of that name, else begun here |
/// | properties, message fields | the property bag, then MQTT 5 |
/// | IoT Hub's annotations | topics of IoT Hub's shape, where the template has `{properties...}` and the subscription wants them |
struct TelemetryMapping {
    let settings: IngestSettings
    var addsAnnotations = true

    func event(
        from arrival: Arrival, identifiers: inout IdentifierGenerator
    ) throws(RefusalReason) -> MappedEvent {
        let publish = arrival.publish
        var notification = Notification(
            id: identifiers.nextID(),
            source: settings.source,
            type: EventType.telemetryName,
            subject: try arrival.subject(),
            time: arrival.time,
            dataContentType: publish.contentType,
            body: publish.payload)
        do throws(SerializationError) {
            try addMQTT5Properties(of: arrival, to: &notification)
            try addPropertyBag(of: arrival, to: &notification)
            // What a device claims is checked; what we guess for one that claims nothing is not.
            try BodyRules.check(notification.body, contentType: notification.dataContentType)
        } catch {
            throw .malformed(error)
        }
        if notification.dataContentType == nil {
            notification.dataContentType = Self.likelyContentType(of: notification.body)
        }
        if notification.traceParent == nil { notification.traceParent = identifiers.nextTraceParent() }
        return MappedEvent(notification: notification)
    }

    private func addMQTT5Properties(
        of arrival: Arrival, to notification: inout Notification
    ) throws(SerializationError) {
        guard arrival.publish.hasMQTT5Properties else { return }
        var (properties, fields) = try MQTT5Serialization().properties(
            of: arrival.publish, nowMilliseconds: arrival.milliseconds)
        if let index = properties.firstIndex(where: { $0.name == "traceparent" }),
            let text = properties[index].value, TraceParent(text) != nil
        {
            notification.traceParent = text
            properties.remove(at: index)
        }
        notification.properties = properties
        notification.messageFields = fields
    }

    private func addPropertyBag(
        of arrival: Arrival, to notification: inout Notification
    ) throws(SerializationError) {
        guard let text = arrival.captures.properties else { return }
        if let topic = try DeviceTopic(parsing: arrival.publish.topic) {
            add(topic.bag, to: &notification)
            if addsAnnotations {
                notification.properties += topic.systemProperties(enqueuedMilliseconds: arrival.milliseconds)
            }
        } else {
            add(try PropertyBag(parsing: text[...]), to: &notification)
        }
    }

    /// What the topic says goes before what the packet says.
    private func add(_ bag: PropertyBag, to notification: inout Notification) {
        if let type = bag.contentType { notification.dataContentType = type }
        if !bag.properties.isEmpty {
            let names = Set(bag.properties.map(\.name))
            notification.properties.removeAll { names.contains($0.name) }
            notification.properties += bag.properties
        }
        guard !bag.messageFields.isEmpty else { return }
        var fields = notification.messageFields ?? MessageFields()
        fields.messageID = bag.messageFields.messageID ?? fields.messageID
        fields.correlationID = bag.messageFields.correlationID ?? fields.correlationID
        fields.userID = bag.messageFields.userID ?? fields.userID
        fields.contentEncoding = bag.messageFields.contentEncoding ?? fields.contentEncoding
        fields.replyTo = bag.messageFields.replyTo ?? fields.replyTo
        fields.expiresAtMilliseconds = bag.messageFields.expiresAtMilliseconds ?? fields.expiresAtMilliseconds
        notification.messageFields = fields
    }

    /// A device that names no content type is taken at its first byte: the seeds' telemetry is
    /// JSON, and a scan of every payload would cost more than the rest of the mapping.
    private static func likelyContentType(of body: ArraySlice<UInt8>) -> String? {
        guard let first = body.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) else {
            return nil
        }
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            return "application/json"
        default:
            return "application/octet-stream"
        }
    }
}

extension MQTTPublish {
    /// Whether there is more than topic, payload and content type to look at.
    var hasMQTT5Properties: Bool {
        !userProperties.isEmpty || correlationData != nil || responseTopic != nil || expirySeconds != nil
    }
}
