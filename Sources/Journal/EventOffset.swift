/// The place of an event in the journal: grows by one an event over all batches and is never used
/// again, not even after the event is trimmed or the journal reopened.
public struct EventOffset: RawRepresentable, Sendable, Hashable, Comparable {
    public let rawValue: Int64

    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    public static func < (left: EventOffset, right: EventOffset) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension EventOffset: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
