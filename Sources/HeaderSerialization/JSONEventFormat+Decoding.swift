import Notifications

extension JSONEventFormat {
    /// Reads one event. Its body is a slice of `bytes` where the event has JSON data.
    public func decode(
        _ bytes: ArraySlice<UInt8>, defaults: AttributeDefaults = .none
    ) throws(SerializationError) -> Notification {
        try bytes.withUnsafeBufferPointer { (buffer) throws(SerializationError) in
            var scanner = JSONScanner(buffer)
            let members: [JSONMember]
            do throws(JSONError) {
                members = try scanner.readMembers()
                try scanner.finish()
            } catch {
                throw SerializationError("event", .bodyNotJSON(error))
            }
            return try notification(of: members, bytes, defaults)
        }
    }

    /// Reads a batch: an array, or one event alone. Throws where the whole is no JSON or there are more
    /// than `maximumEvents`; a bad event in it costs only itself.
    public func decodeBatch(
        _ bytes: ArraySlice<UInt8>, defaults: AttributeDefaults = .none, maximumEvents: Int = .max
    ) throws(SerializationError) -> [Result<Notification, SerializationError>] {
        let events = try JSONScanner.elements(of: bytes)
        guard events.count <= maximumEvents else { throw SerializationError("batch", .tooMany(limit: maximumEvents)) }
        return events.map { event in
            Result { () throws(SerializationError) in try decode(event, defaults: defaults) }
        }
    }

    private func notification(
        of members: [JSONMember], _ bytes: ArraySlice<UInt8>, _ defaults: AttributeDefaults
    ) throws(SerializationError) -> Notification {
        var collector = AttributeCollector()
        var data: JSONMember?
        var base64: JSONMember?
        var contentType: String?
        for member in members {
            switch member.name {
            case "data": try assign(&data, member)
            case "data_base64": try assign(&base64, member)
            default:
                let name = member.name
                guard let value = try member.attributeValue() else { continue }
                if name == "datacontenttype" { contentType = value.text }
                try collector.set(name, value)
            }
        }
        if data != nil, base64 != nil { throw SerializationError("data_base64", .notA("allowed beside data")) }
        var body: ArraySlice<UInt8> = []
        if let base64 {
            body = try base64.base64()
        } else if let data {
            body = data.body(in: bytes, contentType: contentType)
            if contentType == nil { try collector.overrideDataContentType(MediaType.json) }
        }
        collector.fill(defaults)
        return try collector.notification(body: body)
    }

    private func assign(_ field: inout JSONMember?, _ member: JSONMember) throws(SerializationError) {
        guard field == nil else { throw SerializationError(member.name, .givenTwice) }
        field = member
    }
}
