import Notifications

extension EventGridSerialization {
    /// Reads one event. The source is `data.source`, else the default, else `topic`.
    public func decode(
        _ bytes: ArraySlice<UInt8>, defaults: AttributeDefaults = .none
    ) throws(SerializationError) -> Notification {
        try bytes.withUnsafeBufferPointer { (buffer) throws(SerializationError) in
            var scanner = JSONScanner(buffer)
            do throws(JSONError) {
                let members = try scanner.readMembers()
                try scanner.finish()
                let data = try members.first { $0.name == "data" && $0.isObject }?.members()
                return Result<_, SerializationError> { () throws(SerializationError) in
                    try notification(of: members, data ?? [], bytes, defaults)
                }
            } catch {
                throw SerializationError("event", .bodyNotJSON(error))
            }
        }.get()
    }

    /// Reads the body of a request: an array, or one event. A bad event costs only itself.
    public func decodeBatch(
        _ bytes: ArraySlice<UInt8>, defaults: AttributeDefaults = .none
    ) throws(SerializationError) -> [Result<Notification, SerializationError>] {
        try JSONScanner.elements(of: bytes).map { event in
            Result { () throws(SerializationError) in try decode(event, defaults: defaults) }
        }
    }

    private func notification(
        of members: [JSONMember], _ data: [JSONMember], _ bytes: ArraySlice<UInt8>, _ defaults: AttributeDefaults
    ) throws(SerializationError) -> Notification {
        var collector = AttributeCollector()
        var topic: String?
        for member in members {
            switch member.name {
            case "id", "subject": try collector.set(member.name, try text(of: member))
            case "eventType": try collector.set("type", try text(of: member))
            case "eventTime":
                let time = try text(of: member)
                if time != Self.noTime { try collector.set("time", time) }
            case "topic": topic = try text(of: member)
            case "data", "dataVersion", "metadataVersion": break
            default: throw SerializationError(member.name, .reservedName)
            }
        }
        let payload = try readPayload(data, bytes, into: &collector)
        var defaults = defaults
        defaults.source = defaults.source ?? topic
        defaults.assumesSpecVersion = true
        collector.fill(defaults)
        return try collector.notification(
            properties: payload.properties, messageFields: payload.fields, body: payload.body)
    }

    private func text(of member: JSONMember) throws(SerializationError) -> String {
        guard let text = member.text else { throw SerializationError(member.name, .notA("a string")) }
        return text
    }

    private struct Payload {
        var properties: [Property] = []
        var fields = MessageFields()
        var body: ArraySlice<UInt8> = []
    }

    private func readPayload(
        _ data: [JSONMember], _ bytes: ArraySlice<UInt8>, into collector: inout AttributeCollector
    ) throws(SerializationError) -> Payload {
        var payload = Payload()
        // The content type says how to read the body, wherever in the object it stands.
        let contentType = data.first { $0.name == "contenttype" }?.text
        for member in data {
            switch member.name {
            case "data": payload.body = member.body(in: bytes, contentType: contentType)
            case "data_base64": payload.body = try member.base64()
            case "contenttype": try collector.set("datacontenttype", try text(of: member))
            case "properties", "systemProperties": try readProperties(member, into: &payload)
            default:
                let name = PropertyName.unmarked(member.name, where: Self.isReserved)
                if let value = try member.attributeValue() { try collector.set(name, value) }
            }
        }
        return payload
    }

    private func readProperties(_ object: JSONMember, into payload: inout Payload) throws(SerializationError) {
        let members: [JSONMember]
        do throws(JSONError) {
            members = try object.members()
        } catch {
            throw SerializationError(object.name, .notA("an object"))
        }
        for member in members {
            let value = member.isNull ? nil : try text(of: member)
            if object.name == "systemProperties", try setField(member.name, value ?? "", in: &payload.fields) { continue }
            let name = PropertyName.ofPublisher(member.name)
            guard !payload.properties.contains(where: { $0.name == name }) else {
                throw SerializationError("property '\(name)'", .givenTwice)
            }
            guard payload.properties.count < PropertyBag.maximumCount else {
                throw SerializationError("properties", .tooMany(limit: PropertyBag.maximumCount))
            }
            payload.properties.append(Property(name: name, value: value))
        }
    }

    private func setField(
        _ name: String, _ value: String, in fields: inout MessageFields
    ) throws(SerializationError) -> Bool {
        switch name {
        case "message-id": fields.messageID = value
        case "correlation-id": fields.correlationID = try bytes(value, of: name)
        case "user-id": fields.userID = try bytes(value, of: name)
        case "iothub-content-encoding": fields.contentEncoding = value
        case "reply-to": fields.replyTo = value
        case "absolute-expiry-time":
            guard let time = RFC3339.milliseconds(value) else {
                throw SerializationError(name, .notRFC3339, value: value)
            }
            fields.expiresAtMilliseconds = time
        default: return false
        }
        return true
    }

    private func bytes(_ value: String, of name: String) throws(SerializationError) -> [UInt8] {
        guard let bytes = PercentEncoding.decode(value.utf8) else {
            throw SerializationError(name, .brokenPercentEncoding, value: value)
        }
        return bytes
    }
}
