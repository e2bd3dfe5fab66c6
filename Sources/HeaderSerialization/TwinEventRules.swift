import Notifications

/// The rules that the seeds set for the events of twins, edges and models.
public enum TwinEventRules {
    /// Throws where an event of `type` is not what the seeds say of that type.
    ///
    /// Checked are: a subject, and for edges its shape; the values of `modelstatus` and
    /// `updatereason`; a body where there has to be one and none where there must not; JSON of the
    /// right shape, an object or a JSON Patch. Telemetry is held to its content type only.
    public static func check(
        _ notification: Notification, as type: EventType, in dialect: Dialect
    ) throws(SerializationError) {
        try BodyRules.check(notification.body, contentType: notification.dataContentType)
        guard type != .telemetry else { return }
        guard let subject = notification.subject else { throw SerializationError("subject", .missing) }
        if type.isEdge, EdgeSubject(subject) == nil {
            throw SerializationError("subject", .notA("<twin>/relationships/<name>/<edge>"), value: subject)
        }
        for attribute in notification.extensions {
            switch attribute.name {
            case ModelStatus.attributeName where ModelStatus(rawValue: attribute.value.text) == nil:
                throw SerializationError(
                    attribute.name, .notA("Successful, NotFound or Failed"), value: attribute.value.text)
            case UpdateReason.attributeName where UpdateReason(rawValue: attribute.value.text) == nil:
                throw SerializationError(
                    attribute.name, .notA("Create, Reset or Override"), value: attribute.value.text)
            default: break
            }
        }
        try checkBody(notification.body, shape: type.bodyShape(in: dialect))
    }

    private static func checkBody(_ body: ArraySlice<UInt8>, shape: EventType.BodyShape) throws(SerializationError) {
        switch shape {
        case .free: break
        case .none:
            if !body.isEmpty { throw SerializationError("body", .notA("empty, as it is for this type")) }
        case .object:
            guard try firstByte(of: body) == UInt8(ascii: "{") else { throw SerializationError("body", .notA("a JSON object")) }
        case .patch:
            guard try firstByte(of: body) == UInt8(ascii: "[") else { throw SerializationError("body", .notA("a JSON Patch")) }
            try checkPatch(body)
        }
    }

    private static func firstByte(of body: ArraySlice<UInt8>) throws(SerializationError) -> UInt8? {
        if body.isEmpty { throw SerializationError("body", .missing) }
        do throws(JSONError) {
            try JSONScanner.validate(body)
        } catch {
            throw SerializationError("body", .bodyNotJSON(error))
        }
        return body.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    }

    /// Each operation is an object with `op` and `path` (RFC 6902, section 4). The seeds' own paths
    /// do not always begin with a slash, so that is not asked for.
    private static func checkPatch(_ body: ArraySlice<UInt8>) throws(SerializationError) {
        for operation in try JSONScanner.elements(of: body) {
            let isOperation = operation.withUnsafeBufferPointer { bytes in
                var scanner = JSONScanner(bytes)
                guard let members = try? scanner.readMembers() else { return false }
                return ["op", "path"].allSatisfy { name in members.contains { $0.name == name && $0.text != nil } }
            }
            guard isOperation else { throw SerializationError("body", .notA("a JSON Patch: an operation lacks op or path")) }
        }
    }
}

extension EventType {
    var isEdge: Bool {
        switch self {
        case .edgeCreate, .edgeUpdate, .edgeDelete: true
        default: false
        }
    }
}
