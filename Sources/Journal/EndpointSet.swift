/// The place of an endpoint in an ``EndpointSet``, given by ``Journal/register(endpoints:)``.
public struct EndpointSlot: RawRepresentable, Sendable, Hashable, Comparable {
    /// How many endpoints one journal can serve at a time.
    public static let maximumCount = 64

    /// 0 through 63.
    public let rawValue: UInt8

    /// `nil` outside 0 through 63.
    public init?(rawValue: UInt8) {
        guard rawValue < Self.maximumCount else { return nil }
        self.rawValue = rawValue
    }

    public static func < (left: EndpointSlot, right: EndpointSlot) -> Bool {
        left.rawValue < right.rawValue
    }

    var bit: UInt64 { 1 << UInt64(rawValue) }
    var index: Int { Int(rawValue) }
}

/// The endpoints that an event goes to.
public struct EndpointSet: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// Bit n stands for slot n.
    public private(set) var bits: UInt64

    public init(bits: UInt64 = 0) {
        self.bits = bits
    }

    public init(arrayLiteral slots: EndpointSlot...) {
        self.init(slots)
    }

    public init(_ slots: some Sequence<EndpointSlot>) {
        bits = 0
        for slot in slots { insert(slot) }
    }

    public var isEmpty: Bool { bits == 0 }
    public var count: Int { bits.nonzeroBitCount }

    public func contains(_ slot: EndpointSlot) -> Bool {
        bits & slot.bit != 0
    }

    public mutating func insert(_ slot: EndpointSlot) {
        bits |= slot.bit
    }

    public mutating func remove(_ slot: EndpointSlot) {
        bits &= ~slot.bit
    }

    public func union(_ other: EndpointSet) -> EndpointSet {
        EndpointSet(bits: bits | other.bits)
    }
}
