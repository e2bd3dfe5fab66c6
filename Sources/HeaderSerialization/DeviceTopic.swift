import Notifications

/// A topic to which a device of IoT Hub publishes telemetry (reference 6.2):
/// `devices/{device}/messages/events/{bag}` or `devices/{device}/modules/{module}/messages/events/{bag}`.
public struct DeviceTopic: Sendable, Hashable {
    public var deviceID: String
    public var moduleID: String?
    public var bag: PropertyBag

    /// Nil for a topic of another shape. Throws where the shape is right and the bag broken.
    public init?(parsing topic: String) throws(SerializationError) {
        deviceID = ""
        bag = PropertyBag()
        let matches = try topic.utf8.withContiguousBytes { (bytes) throws(SerializationError) in try parse(bytes) }
        if !matches { return nil }
    }

    private mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(SerializationError) -> Bool {
        guard let ranges = Self.split(bytes) else { return false }
        deviceID = String(decoding: UnsafeBufferPointer(rebasing: bytes[ranges.device]), as: UTF8.self)
        if let module = ranges.module {
            moduleID = String(decoding: UnsafeBufferPointer(rebasing: bytes[module]), as: UTF8.self)
        }
        try bag.parse(UnsafeBufferPointer(rebasing: bytes[ranges.bag...]))
        return true
    }

    private typealias Ranges = (device: Range<Int>, module: Range<Int>?, bag: Int)

    private static func split(_ bytes: UnsafeBufferPointer<UInt8>) -> Ranges? {
        guard let device = segment(bytes, after: "devices/", at: 0) else { return nil }
        let module = segment(bytes, after: "/modules/", at: device.upperBound)
        let rest = module?.upperBound ?? device.upperBound
        let events: StaticString = "/messages/events"
        guard has(bytes, events, at: rest) else { return nil }
        let end = rest + events.utf8CodeUnitCount
        if end == bytes.count { return (device, module, end) }
        return bytes[end] == UInt8(ascii: "/") ? (device, module, end + 1) : nil
    }

    /// The level that follows `prefix`; nil where it is empty or `prefix` is not there.
    private static func segment(
        _ bytes: UnsafeBufferPointer<UInt8>, after prefix: StaticString, at start: Int
    ) -> Range<Int>? {
        guard has(bytes, prefix, at: start) else { return nil }
        let first = start + prefix.utf8CodeUnitCount
        var end = first
        while end < bytes.count, bytes[end] != UInt8(ascii: "/") { end += 1 }
        return end > first ? first..<end : nil
    }

    private static func has(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString, at start: Int) -> Bool {
        guard bytes.count - start >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where bytes[start + offset] != text.utf8Start[offset] { return false }
        return true
    }
}

extension DeviceTopic {
    /// What IoT Hub adds to a message of this topic, as properties that become message annotations
    /// (``SystemAnnotation``).
    /// - Parameter enqueuedMilliseconds: when the message came, since 1970-01-01T00:00:00Z.
    public func systemProperties(enqueuedMilliseconds: Int64) -> [Property] {
        var properties = [
            Property(name: SystemAnnotation.deviceID, value: deviceID),
            Property(name: SystemAnnotation.enqueuedTime, value: String(enqueuedMilliseconds)),
            Property(name: SystemAnnotation.messageSource, value: "Telemetry"),
        ]
        if let moduleID { properties.insert(Property(name: SystemAnnotation.moduleID, value: moduleID), at: 1) }
        return properties
    }
}
