/// Which partition of an event hub a partition key goes to: Bob Jenkins' lookup3 over the key's
/// UTF-8, its two words folded to 16 bits, as the official clients do it to agree with the service.
///
/// It stands here, and not with the codec's types, because both sides of the wire need the same one.
public enum PartitionKeyHash {
    /// - Parameter count: the hub's partitions, at least one.
    public static func partition(of key: String, count: Int) -> Int {
        var key = key
        let (c, b) = key.withUTF8 { lookup3(UnsafeRawBufferPointer($0)) }
        let folded = Int(Int16(truncatingIfNeeded: c ^ b))
        // The remainder of a floored division, which is never negative.
        let remainder = folded % count
        return remainder < 0 ? remainder + count : remainder
    }

    private static func lookup3(_ bytes: UnsafeRawBufferPointer) -> (UInt32, UInt32) {
        var a = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
        var (b, c) = (a, a)
        var position = 0
        while bytes.count - position > 12 {
            a &+= word(bytes, position)
            b &+= word(bytes, position + 4)
            c &+= word(bytes, position + 8)
            mix(&a, &b, &c)
            position += 12
        }
        guard position < bytes.count else { return (c, b) }
        a &+= partialWord(bytes, position)
        b &+= partialWord(bytes, position + 4)
        c &+= partialWord(bytes, position + 8)
        finish(&a, &b, &c)
        return (c, b)
    }

    /// Four bytes, least significant first.
    private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// The same where the key may end before or within them.
    private static func partialWord(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        guard position + 4 > bytes.count else { return word(bytes, position) }
        var value: UInt32 = 0
        var index = position
        while index < bytes.count {
            value |= UInt32(bytes[index]) << UInt32(8 * (index - position))
            index += 1
        }
        return value
    }

    private static func rotated(_ x: UInt32, _ k: UInt32) -> UInt32 { x << k | x >> (32 - k) }

    private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        a &-= c; a ^= rotated(c, 4); c &+= b
        b &-= a; b ^= rotated(a, 6); a &+= c
        c &-= b; c ^= rotated(b, 8); b &+= a
        a &-= c; a ^= rotated(c, 16); c &+= b
        b &-= a; b ^= rotated(a, 19); a &+= c
        c &-= b; c ^= rotated(b, 4); b &+= a
    }

    private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        c ^= b; c &-= rotated(b, 14)
        a ^= c; a &-= rotated(c, 11)
        b ^= a; b &-= rotated(a, 25)
        c ^= b; c &-= rotated(b, 16)
        a ^= c; a &-= rotated(c, 4)
        b ^= a; b &-= rotated(a, 14)
        c ^= b; c &-= rotated(b, 24)
    }
}
