/// Something in a filter that is allowed and probably not meant.
public struct FilterLint: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case alwaysTrue
        case alwaysFalse
        /// Part of the filter raises an error on every event that reaches it.
        case alwaysFails
        /// No notification has this `type`.
        case unknownType
        case caseMismatch
        /// The two sides of a comparison are of kinds that are never equal.
        case neverEqual
        case unknownFunction
        /// An extension whose name is nearly that of an attribute.
        case unknownAttribute
        /// `a OR b AND c` is read from left to right here, and otherwise in SQL.
        case mixedLogic
        /// `NOT a = b` is `(NOT a) = b`.
        case notBindsTighter
        /// An attribute that an event may lack stands before an `OR`.
        case mayBeMissing
        /// Another filter for the same endpoint matches whatever this one does.
        case redundant
    }

    public enum Severity: String, Sendable, Hashable, Comparable {
        /// The filter does what it says, which may surprise.
        case note
        case warning
        /// The filter, or the part, can never do anything.
        case error

        public static func < (left: Severity, right: Severity) -> Bool {
            func rank(_ severity: Severity) -> Int { severity == .note ? 0 : severity == .warning ? 1 : 2 }
            return rank(left) < rank(right)
        }
    }

    public var kind: Kind
    public var severity: Severity
    /// Bytes of the filter's text.
    public var range: Range<Int>
    public var position: SourcePosition
    public var message: String
    public var suggestion: String?
}

extension FilterLint: CustomStringConvertible {
    public var description: String {
        "\(position): \(message)" + (suggestion.map { "; \($0)" } ?? "")
    }
}

/// What is known about the events that a filter will see.
public struct FilterContext: Sendable, Hashable {
    /// Every `type` that a notification can have; empty: not known.
    public var types: [String]
    /// Extension attributes in use.
    public var extensions: [String]

    public init(types: [String] = [], extensions: [String] = []) {
        self.types = types
        self.extensions = extensions
    }
}

extension Filter {
    /// Looks for what is allowed and probably not meant, in the order of the text.
    public func lints(_ context: FilterContext = FilterContext()) -> [FilterLint] {
        var linter = Linter(filter: self, context: context)
        return linter.run()
    }
}
