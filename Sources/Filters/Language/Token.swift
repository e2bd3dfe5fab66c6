struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        case integer(Int64)
        case number(Double)
        case text([UInt8])
        /// A name: attribute, function or unknown word.
        case word(String)
        case keyword(Keyword)
        case path(BodyPath)
        case comparison(ComparisonOperator)
        case plus, minus, star, slash, percent
        case open, close, comma
        case end
        /// The text goes wrong here; said only when the parser gets this far.
        case fault
    }

    enum Keyword: String, Sendable, CaseIterable {
        case and, or, xor, not, like, exists, `in`, `true`, `false`, null
    }

    var kind: Kind
    var range: Range<Int>
}
