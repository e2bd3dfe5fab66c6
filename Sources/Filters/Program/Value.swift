/// What an expression yields while it is evaluated: 16 bytes, no reference, no allocation.
///
/// Text is a place, not a copy: in an attribute, in the program's literals, in the body, or in the
/// scratch bytes of this evaluation.
struct Value {
    enum Kind: UInt8 {
        /// Not evaluated yet (an empty cell of the memo).
        case unknown
        /// An attribute that the event does not have: an error has been noted.
        case missing
        /// A field that the body does not have, or that is of a kind the operator cannot use.
        case absent
        case null
        case boolean
        /// CESQL Integer, 32 bits.
        case integer
        /// A whole number of a body, or a literal beyond 32 bits.
        case long
        case double
        case attributeText
        case extensionText
        case literalText
        case bodyText
        case scratchText
        case object
        case array
        /// All values of a path with `[*]`: a list of captures.
        case many
    }

    var kind: Kind
    /// Errors noted while this was evaluated; used only in the memo.
    var errors: ErrorSet = []
    /// Which attribute, extension or slot.
    var index: Int32 = 0
    var payload: UInt64 = 0

    static let unknown = Value(kind: .unknown)
    static let missing = Value(kind: .missing)
    static let absent = Value(kind: .absent)
    static let null = Value(kind: .null)

    @inline(__always)
    static func boolean(_ value: Bool) -> Value { Value(kind: .boolean, payload: value ? 1 : 0) }

    @inline(__always)
    static func integer(_ value: Int32) -> Value {
        Value(kind: .integer, payload: UInt64(bitPattern: Int64(value)))
    }

    @inline(__always)
    static func long(_ value: Int64) -> Value { Value(kind: .long, payload: UInt64(bitPattern: value)) }

    @inline(__always)
    static func double(_ value: Double) -> Value { Value(kind: .double, payload: value.bitPattern) }

    @inline(__always)
    static func text(_ kind: Kind, index: Int32 = 0, offset: Int, count: Int) -> Value {
        Value(kind: kind, index: index, payload: UInt64(UInt32(truncatingIfNeeded: offset)) << 32 | UInt64(UInt32(truncatingIfNeeded: count)))
    }

    @inline(__always) var isTrue: Bool { payload != 0 }
    @inline(__always) var whole: Int64 { Int64(bitPattern: payload) }
    @inline(__always) var double: Double { Double(bitPattern: payload) }
    @inline(__always) var offset: Int { Int(payload >> 32) }
    @inline(__always) var count: Int { Int(payload & 0xFFFF_FFFF) }

    @inline(__always)
    var isText: Bool {
        kind.rawValue >= Kind.attributeText.rawValue && kind.rawValue <= Kind.scratchText.rawValue
    }

    @inline(__always)
    var isNumeric: Bool {
        kind.rawValue >= Kind.integer.rawValue && kind.rawValue <= Kind.double.rawValue
    }

    /// A piece of this text.
    @inline(__always)
    func slice(from start: Int, count: Int) -> Value {
        .text(kind, index: index, offset: offset + start, count: count)
    }
}

/// Kinds of errors that one evaluation met.
struct ErrorSet: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let math = ErrorSet(rawValue: 1)
    static let cast = ErrorSet(rawValue: 2)
    static let missingAttribute = ErrorSet(rawValue: 4)
    static let missingFunction = ErrorSet(rawValue: 8)
    static let functionEvaluation = ErrorSet(rawValue: 16)
    static let generic = ErrorSet(rawValue: 32)
}
