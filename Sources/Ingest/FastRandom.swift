/// Random bits from xoshiro256**, which the system seeds once: a system call a number would be a
/// third of the cost of mapping an event. What is made from them is unique, not secret.
struct FastRandom: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: (system.next(), system.next(), system.next(), system.next() | 1))
    }

    /// For tests that need the same bits again. The seed must not be all zero.
    init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        state = seed
    }

    mutating func next() -> UInt64 {
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
}
