/// What a filter may cost. A text beyond a limit is refused with a ``FilterError``.
public enum FilterLimits {
    /// Longest filter text, in UTF-8 bytes.
    public static let textBytes = 65_536
    /// Deepest nesting of parentheses, calls and operators. Chains of `AND`, `OR` and `XOR`, lists
    /// of `IN` and arguments of a call count as one level, however long they are.
    public static let depth = 128
    /// Most steps in one `$body` or `$patch` path.
    public static let pathSteps = 64
    /// Longest run between two `%` of a `LIKE` pattern when it holds `_`, in bytes. Runs without
    /// `_` are searched in linear time and have no limit of their own.
    public static let wildcardRunBytes = 256
    /// Longest text that a function may build (`CONCAT`, `UPPER`, …), in bytes.
    public static let builtTextBytes = 65_536
    /// Deepest nesting of a JSON body that is looked into.
    public static let bodyDepth = 512
}
