/// An event's position among the events of its subject: a signed 32-bit integer that starts at 1
/// and grows by 1 (seed "Route telemetry and event data", `sequence` and `sequencetype`).
public struct SequenceNumber: RawRepresentable, Sendable, Hashable, Comparable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static let first = SequenceNumber(rawValue: 1)

    /// The value of the `sequencetype` attribute that goes with every sequence number.
    public static let typeName = "Integer"

    /// The number after this one. After 2,147,483,647 comes -2,147,483,648, as the CloudEvents
    /// sequence extension (1.0.2) says of the type `Integer`.
    public var next: SequenceNumber {
        SequenceNumber(rawValue: rawValue &+ 1)
    }

    public static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension SequenceNumber: CustomStringConvertible {
    /// The string encoding that goes on the wire.
    public var description: String { String(rawValue) }
}
