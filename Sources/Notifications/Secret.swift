/// A text that must not be seen: a key, a password, a token.
///
/// Whatever prints, dumps, mirrors or encodes it gets ``mask``; the only way to the text is
/// ``revealed``, so that a search for that word finds every place that reads a secret
/// (design.md 5.2: a secret is never printed, logged or returned).
public struct Secret: Sendable, Hashable {
    /// What stands for a secret wherever one is shown.
    public static let mask = "***"

    private let text: String

    public init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the one call that needs it.
    public var revealed: String { text }

    public var isEmpty: Bool { text.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { Self.mask }
    public var debugDescription: String { Self.mask }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: Encodable {
    /// Writes ``mask``: a secret that was encoded cannot be read back.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Self.mask)
    }
}
