/// A map in the order it was written. A lookup is a search from the front, for maps of messages
/// are short.
public struct AMQPMap: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var key: AMQPValue
        public var value: AMQPValue

        public init(key: AMQPValue, value: AMQPValue) {
            self.key = key
            self.value = value
        }
    }

    public var entries: [Entry]

    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }

    /// The value of the first entry with that key.
    public subscript(key: AMQPValue) -> AMQPValue? {
        entries.first { $0.key == key }?.value
    }

    /// The value of the first entry whose key is this text, as a string or as a symbol: peers are
    /// not of one mind which of the two annotations and properties take.
    public subscript(text: String) -> AMQPValue? {
        entries.first { $0.key.text == text }?.value
    }

    public mutating func append(_ key: AMQPValue, _ value: AMQPValue) {
        entries.append(Entry(key: key, value: value))
    }
}

extension AMQPMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (AMQPValue, AMQPValue)...) {
        entries = elements.map { Entry(key: $0.0, value: $0.1) }
    }
}
