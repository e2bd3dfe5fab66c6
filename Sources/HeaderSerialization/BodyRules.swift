import Notifications

/// Whether bodies are what they claim to be.
public enum BodyRules {
    /// Throws where the content type says JSON and the body is none. An empty body is fine: it
    /// is no body. Costs one pass over the bytes and no memory.
    public static func check(_ body: ArraySlice<UInt8>, contentType: String?) throws(SerializationError) {
        guard contentType != nil, !body.isEmpty, MediaType.isJSON(contentType) else { return }
        do throws(JSONError) {
            try JSONScanner.validate(body)
        } catch {
            throw SerializationError("body", .bodyNotJSON(error))
        }
    }

    /// The body as a tree, or nil where it is no JSON and does not claim to be.
    static func json(of notification: Notification) throws(SerializationError) -> JSONValue? {
        guard MediaType.isJSON(notification.dataContentType) else { return nil }
        do throws(JSONError) {
            return try JSONValue(parsing: notification.body)
        } catch {
            if notification.dataContentType == nil { return nil }
            throw SerializationError("body", .bodyNotJSON(error))
        }
    }
}
