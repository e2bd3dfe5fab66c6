/// What a decoder takes at most from one input, so that a few hostile bytes cannot cost much.
public struct AMQPDecodingLimits: Sendable, Hashable {
    /// Levels of lists, maps, arrays and described values inside one another.
    public var depth: Int
    /// Values in all. It matters for arrays whose elements take no bytes; everything else is
    /// bounded by the length of the input already.
    public var values: Int

    public init(depth: Int = 64, values: Int = 1_000_000) {
        self.depth = depth
        self.values = values
    }

    public static let standard = AMQPDecodingLimits()
}
