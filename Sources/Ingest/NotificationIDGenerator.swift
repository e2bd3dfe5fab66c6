/// Makes version 4 UUIDs for events that bring no id of their own.
///
/// A system call an id would be a third of the cost of mapping an event, so the random bits come
/// from a generator (xoshiro256**) that the system seeds once. The ids are unique, not secret.
struct NotificationIDGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: (system.next(), system.next(), system.next(), system.next() | 1))
    }

    /// For tests that need the same ids again. The seed must not be all zero.
    init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        state = seed
    }

    private mutating func nextBits() -> UInt64 {
        func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
            (value << count) | (value >> (64 - count))
        }
        let result = rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, by: 45)
        return result
    }

    mutating func next() -> String {
        // RFC 9562, 5.4: the version is 4 and the variant is binary 10.
        let high = (nextBits() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (nextBits() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = nibble < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (nibble % 16))) & 0xF
                text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return 36
        }
    }
}
