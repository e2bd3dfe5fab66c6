import AMQPCodec

/// Lock tokens: random UUIDs, which travel as delivery tags in the byte order that .NET gives a
/// GUID (reference 4.6).
enum LockToken {
    static func random() -> AMQPUUID {
        var generator = SystemRandomNumberGenerator()
        return AMQPUUID(high: generator.next(), low: generator.next())
    }

    static func tag(_ token: AMQPUUID) -> [UInt8] {
        let order = [3, 2, 1, 0, 5, 4, 7, 6]
        return order.map { byte($0, of: token.high) } + (0..<8).map { byte($0, of: token.low) }
    }

    /// 0 is the most significant one.
    private static func byte(_ index: Int, of number: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index))
    }
}
