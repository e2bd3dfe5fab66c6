import HeaderSerialization
import Notifications
import Routing

/// A twin, edge or model event of the type that its subscription names.
///
/// The publisher may send it whole, as a CloudEvent in any mode, or send the body alone and leave
/// the header to the bridge:
///
/// | attribute | where the publisher does not say |
/// |---|---|
/// | `id` | made here |
/// | `source` | the configuration's `source` |
/// | `type` | the subscription's, with service name and dialect of the configuration |
/// | `subject` | the template's `{subject}`; for edges `{subject}`, `{relationship}` and `{edge}` together |
/// | `time` | when the batch was read |
/// | `datacontenttype` | by type; none where there is no body |
/// | any other | the MQTT 5 user property of that name, such as `modelstatus` and `updatereason` |
struct TwinEventMapping {
    let type: EventType
    let settings: IngestSettings

    func event(
        from arrival: Arrival, identifiers: inout IdentifierGenerator
    ) throws(RefusalReason) -> MappedEvent {
        let typeName = type.name(in: settings.dialect, serviceName: settings.serviceName)
        let defaults = AttributeDefaults(
            id: identifiers.nextID(), source: settings.source, type: typeName,
            subject: try subject(of: arrival), time: arrival.time, assumesSpecVersion: true)
        do throws(SerializationError) {
            var notification = try read(arrival, defaults)
            guard EventType(name: notification.type, serviceName: settings.serviceName) == type else {
                throw SerializationError("type", .notA("the subscription's \(typeName)"), value: notification.type)
            }
            // The seeds' own examples mix upper and lower case; what leaves is of one spelling.
            notification.type = typeName
            if notification.dataContentType == nil, !notification.body.isEmpty {
                notification.dataContentType = type.defaultContentType(in: settings.dialect)
            }
            try TwinEventRules.check(notification, as: type, in: settings.dialect)
            if notification.traceParent == nil { notification.traceParent = identifiers.nextTraceParent() }
            return MappedEvent(notification: notification, startsSubjectAnew: type.beginsSubject)
        } catch {
            if error.attribute == "type", let found = error.value {
                throw .unexpectedType(found: found, expected: typeName)
            }
            throw .malformed(error)
        }
    }

    private func subject(of arrival: Arrival) throws(RefusalReason) -> String {
        let twin = try arrival.subject()
        guard let edge = arrival.captures["edge"] else { return twin }
        let relationship = arrival.captures["relationship"]
        return EdgeSubject(twinID: twin, relationship: relationship, edgeID: edge).text(in: settings.dialect)
    }

    private func read(_ arrival: Arrival, _ defaults: AttributeDefaults) throws(SerializationError) -> Notification {
        let publish = arrival.publish
        if MQTT5Serialization().mode(of: publish) == .raw {
            if JSONEventFormat.isEvent(publish.payload) {
                return try MQTT3Serialization().decode(publish, defaults: defaults)
            }
            // A body alone is an event in binary mode whose publisher left out the version.
            var whole = publish
            whole.userProperties.append(Property(name: "specversion", value: "1.0"))
            return try MQTT5Serialization().decode(whole, nowMilliseconds: arrival.milliseconds, defaults: defaults)
        }
        return try MQTT5Serialization().decode(publish, nowMilliseconds: arrival.milliseconds, defaults: defaults)
    }
}
