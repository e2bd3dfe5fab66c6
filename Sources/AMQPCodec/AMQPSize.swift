/// How many bytes the narrowest encoding of a value takes, constructor included.
public enum AMQPSize {
    /// A string, symbol or binary of so many bytes.
    @inlinable
    public static func variable(_ count: Int) -> Int {
        count <= 0xFF ? 2 + count : 5 + count
    }

    @inlinable
    public static func text(_ text: String) -> Int {
        variable(text.utf8.count)
    }

    /// The descriptor before a message section.
    public static let section = 3

    public static let timestamp = 9

    /// A list of `count` elements that take `size` bytes together.
    @inlinable
    public static func list(size: Int, count: Int) -> Int {
        count == 0 ? 1 : size + (isShortCompound(size: size, count: count) ? 3 : 9)
    }

    /// A map of `count` keys and values that take `size` bytes together.
    @inlinable
    public static func map(size: Int, count: Int) -> Int {
        size + (isShortCompound(size: size, count: count) ? 3 : 9)
    }

    /// Whether size and count of a compound fit a byte each; the size covers the count.
    @inlinable
    static func isShortCompound(size: Int, count: Int) -> Bool {
        size < 0xFF && count <= 0xFF
    }
}
