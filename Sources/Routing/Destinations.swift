/// The endpoints that an event goes to, by the places that a ``RouteTable`` was given for them.
public struct Destinations: Sendable, Hashable {
    /// Bit n stands for place n.
    public private(set) var bits: UInt64

    public init(bits: UInt64 = 0) {
        self.bits = bits
    }

    public var isEmpty: Bool { bits == 0 }
    public var count: Int { bits.nonzeroBitCount }

    public func contains(place: Int) -> Bool {
        (0..<RouteTable.maximumEndpoints).contains(place) && bits & Destinations.bit(place) != 0
    }

    static func bit(_ place: Int) -> UInt64 { 1 << UInt64(place) }
}
