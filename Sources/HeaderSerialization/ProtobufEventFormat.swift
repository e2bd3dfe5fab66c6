import Notifications

public struct ProtobufEventFormat: Sendable {
    public init() {}
    public func decode(_ bytes: ArraySlice<UInt8>) throws(SerializationError) -> Notification {
        throw SerializationError("content-type", .unsupportedMode)
    }
}
