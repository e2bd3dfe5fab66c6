import Notifications

/// What the formats do to a notification:
///
/// | format | body | content type |
/// |---|---|---|
/// | `json` | as it came | as it came |
/// | `cbor` | JSON bodies as CBOR (RFC 8949): integers of 64 bits, all other numbers single or double precision, definite lengths | `application/cbor` |
/// | `protobuf` | the whole event as a CloudEvents protobuf message: see ``ProtobufEventFormat`` | `application/cloudevents+protobuf` |
///
/// A body that is not JSON passes `cbor` unchanged; an absent content type counts as JSON if the
/// body is some. An empty body stays empty under `cbor`.
extension BodyFormat {
    /// The notification with its body, and the content type with it, in this format.
    ///
    /// Throws where the body claims to be JSON and is not.
    public func apply(to notification: Notification) throws(SerializationError) -> Notification {
        var result = notification
        switch self {
        case .json:
            break
        case .cbor:
            guard !notification.body.isEmpty, let value = try BodyRules.json(of: notification) else { break }
            var writer = CBORWriter()
            writer.append(value)
            result.body = writer.bytes[...]
            result.dataContentType = "application/cbor"
        case .protobuf:
            result.body = try ProtobufEventFormat().encode(notification)[...]
            result.dataContentType = MediaType.cloudEventsProtobuf
        }
        return result
    }
}
