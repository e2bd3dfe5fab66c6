import Notifications

/// Filters compiled together: what they have in common is evaluated once an event, and the body is
/// scanned at most once, and only when some filter asks for it.
public struct FilterSet: Sendable {
    public let filters: [Filter]
    let program: Program
    let roots: [Int32]

    public init(filters: [Filter]) {
        var compiler = Compiler()
        var roots: [Int32] = []
        for filter in filters {
            // A filter that compiled alone compiles with others: the checks look at one at a time.
            let compiled = try? compiler.add(filter.syntax, text: filter.bytes)
            roots.append(compiled?.root ?? compiler.builder.constant(false))
        }
        self.filters = filters
        self.roots = roots
        self.program = compiler.builder.build(roots: roots)
    }

    /// The filters that the event matches. Allocates nothing for up to 64 filters.
    public func matching(_ notification: Notification) -> FilterMatches {
        var matches = FilterMatches(count: roots.count)
        forEachMatch(notification) { matches.insert($0) }
        return matches
    }

    /// Calls `body` with the place in ``filters`` of each filter that the event matches, ascending.
    /// Allocates nothing, however many filters there are.
    public func forEachMatch(_ notification: Notification, _ body: (Int) -> Void) {
        let roots = roots
        program.withEvaluator(notification) { evaluator in
            evaluator.failsFast = true
            for index in roots.indices where evaluator.matches(roots[index], notification) { body(index) }
        }
    }
}

/// Which filters of a set an event matched: their places in ``FilterSet/filters``, ascending.
public struct FilterMatches: Sendable, Hashable {
    /// Sets of up to 64 filters need no memory of their own.
    private var low: UInt64 = 0
    private var high: [UInt64] = []

    init(count: Int) {
        if count > 64 { high = [UInt64](repeating: 0, count: (count - 1) / 64) }
    }

    mutating func insert(_ index: Int) {
        if index < 64 {
            low |= 1 << UInt64(index)
        } else {
            high[index / 64 - 1] |= 1 << UInt64(index % 64)
        }
    }

    public var isEmpty: Bool { low == 0 && high.allSatisfy { $0 == 0 } }

    public var count: Int { high.reduce(low.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

    public func contains(_ index: Int) -> Bool {
        if index < 64 { return index >= 0 && low & 1 << UInt64(index) != 0 }
        let word = index / 64 - 1
        return word < high.count && high[word] & 1 << UInt64(index % 64) != 0
    }
}

extension FilterMatches: Sequence {
    public struct Iterator: IteratorProtocol {
        fileprivate let matches: FilterMatches
        fileprivate var word = 0
        fileprivate var bits: UInt64

        public mutating func next() -> Int? {
            while bits == 0 {
                guard word < matches.high.count else { return nil }
                bits = matches.high[word]
                word += 1
            }
            let bit = bits.trailingZeroBitCount
            bits &= bits - 1
            return word * 64 + bit
        }
    }

    public func makeIterator() -> Iterator { Iterator(matches: self, bits: low) }
}
