/// Which partition a partition key goes to: Bob Jenkins' lookup3 over the key's UTF-8, its two words
/// folded to 16 bits, as the official clients do it to agree with the service.
enum PartitionKeyHash {
    static func partition(of key: String, count: Int) -> Int {
        let (c, b) = lookup3(Array(key.utf8))
        let folded = Int(Int16(truncatingIfNeeded: c ^ b))
        // The remainder of a floored division, which is never negative.
        let remainder = folded % count
        return remainder < 0 ? remainder + count : remainder
    }

    private static func lookup3(_ bytes: [UInt8]) -> (UInt32, UInt32) {
        var a = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
        var (b, c) = (a, a)
        var rest = bytes[...]
        while rest.count > 12 {
            add(rest.prefix(12), &a, &b, &c)
            mix(&a, &b, &c)
            rest = rest.dropFirst(12)
        }
        guard !rest.isEmpty else { return (c, b) }
        add(rest, &a, &b, &c)
        finish(&a, &b, &c)
        return (c, b)
    }

    /// Up to twelve bytes, least significant first, over the three words.
    private static func add(_ bytes: ArraySlice<UInt8>, _ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        for (index, byte) in bytes.enumerated() {
            let part = UInt32(byte) << UInt32(8 * (index % 4))
            switch index / 4 {
            case 0: a &+= part
            case 1: b &+= part
            default: c &+= part
            }
        }
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
