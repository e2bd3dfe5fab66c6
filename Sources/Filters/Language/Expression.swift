/// A filter as a syntax tree. Its height is bounded (``FilterLimits/depth``), so it can be walked
/// by recursion.
struct Expression: Sendable {
    indirect enum Kind: Sendable {
        case boolean(Bool)
        case integer(Int32)
        /// An integer literal beyond 32 bits: only good for comparing with numbers of a body.
        case long(Int64)
        case number(Double)
        case text([UInt8])
        case null
        case attribute(AttributeReference)
        case path(BodyPath)
        case existsAttribute(AttributeReference)
        case existsPath(BodyPath)
        case not(Expression)
        case negate(Expression)
        /// `first op x op y …`, read from left to right: all three operators have one precedence.
        case logic(Expression, [LogicTerm])
        case comparison(ComparisonOperator, Expression, Expression)
        case arithmetic(ArithmeticOperator, Expression, Expression)
        case like(Expression, pattern: [UInt8], isNegated: Bool)
        case isIn(Expression, [Expression], isNegated: Bool)
        case call(name: String, [Expression])
    }

    struct LogicTerm: Sendable {
        var logicOperator: LogicOperator
        var operand: Expression
    }

    var kind: Kind
    /// Bytes of the filter's text.
    var range: Range<Int>
    /// Counts from 0 within one filter.
    var id: Int
    var height: Int
    /// Written in parentheses: keeps chains apart that the writer kept apart.
    var isParenthesized = false

    var children: [Expression] {
        switch kind {
        case .boolean, .integer, .long, .number, .text, .null, .attribute, .path, .existsAttribute, .existsPath: []
        case .not(let operand), .negate(let operand), .like(let operand, _, _): [operand]
        case .logic(let first, let terms): [first] + terms.map(\.operand)
        case .comparison(_, let left, let right), .arithmetic(_, let left, let right): [left, right]
        case .isIn(let operand, let list, _): [operand] + list
        case .call(_, let arguments): arguments
        }
    }
}
