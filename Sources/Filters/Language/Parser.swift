/// Tokens → syntax tree, by operator precedence (CESQL 3.6).
///
/// From the tightest: calls; `NOT` and unary `-`; `LIKE`; `IN`; `* / %`; `+ -`; comparisons; and
/// `AND`, `OR`, `XOR` together, read from left to right.
struct Parser {
    private let text: [UInt8]
    private let tokens: [Token]
    private let fault: FilterError?
    private var next = 0
    private var depth = 0
    private var ids = 0

    private enum Power: Int {
        case logic = 1, comparison, additive, multiplicative, isIn, like, unary
    }

    static func parse(_ text: [UInt8]) throws(FilterError) -> Expression {
        guard text.count <= FilterLimits.textBytes else {
            throw FilterError(.tooLong, at: 0..<0, in: text, found: "\(text.count) bytes")
        }
        var lexer = Lexer(text)
        let tokens = lexer.run()
        var parser = Parser(text: text, tokens: tokens, fault: lexer.fault)
        return try parser.whole()
    }

    private init(text: [UInt8], tokens: [Token], fault: FilterError?) {
        self.text = text
        self.tokens = tokens
        self.fault = fault
    }

    private var token: Token { tokens[min(next, tokens.count - 1)] }

    private mutating func whole() throws(FilterError) -> Expression {
        if token.kind == .end { throw FilterError(.empty, at: 0..<0, in: text, suggestion: "write true to let everything pass") }
        let expression = try parse(.logic)
        guard token.kind == .end else {
            throw unexpected(["an operator", "the end of the filter"])
        }
        return expression
    }

    // MARK: Operators

    private mutating func parse(_ least: Power) throws(FilterError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= FilterLimits.depth else { throw FilterError(.tooDeep, at: token.range, in: text) }
        var left = try prefix()
        while let power = infixPower(), power.rawValue >= least.rawValue {
            left = try infix(left, power)
        }
        return left
    }

    private func infixPower() -> Power? {
        switch token.kind {
        case .keyword(.and), .keyword(.or), .keyword(.xor): .logic
        case .comparison: .comparison
        case .plus, .minus: .additive
        case .star, .slash, .percent: .multiplicative
        case .keyword(.in): .isIn
        case .keyword(.like): .like
        case .keyword(.not):
            switch tokens[min(next + 1, tokens.count - 1)].kind {
            case .keyword(.in): .isIn
            case .keyword(.like): .like
            default: nil
            }
        default: nil
        }
    }

    private mutating func infix(_ left: Expression, _ power: Power) throws(FilterError) -> Expression {
        switch power {
        case .logic: return try logic(left)
        case .comparison:
            guard case .comparison(let comparison) = token.kind else { return left }
            next += 1
            let right = try parse(.additive)
            return try node(.comparison(comparison, left, right), left.range.lowerBound, [left, right])
        case .additive, .multiplicative:
            let arithmetic: ArithmeticOperator =
                switch token.kind {
                case .plus: .add
                case .minus: .subtract
                case .star: .multiply
                case .slash: .divide
                default: .remainder
                }
            next += 1
            let right = try parse(power == .additive ? .multiplicative : .isIn)
            return try node(.arithmetic(arithmetic, left, right), left.range.lowerBound, [left, right])
        case .isIn: return try isIn(left)
        case .like, .unary: return try like(left)
        }
    }

    private mutating func logic(_ first: Expression) throws(FilterError) -> Expression {
        var terms: [Expression.LogicTerm] = []
        var children = [first]
        while true {
            let logicOperator: LogicOperator
            switch token.kind {
            case .keyword(.and): logicOperator = .and
            case .keyword(.or): logicOperator = .or
            case .keyword(.xor): logicOperator = .xor
            default: return try node(.logic(first, terms), first.range.lowerBound, children)
            }
            next += 1
            let operand = try parse(.comparison)
            terms.append(.init(logicOperator: logicOperator, operand: operand))
            children.append(operand)
        }
    }

    private mutating func takeNot() -> Bool {
        guard token.kind == .keyword(.not) else { return false }
        next += 1
        return true
    }

    private mutating func like(_ left: Expression) throws(FilterError) -> Expression {
        let isNegated = takeNot()
        next += 1
        guard case .text(let pattern) = token.kind else {
            if token.kind == .fault || token.kind == .end { throw unexpected(["a string literal"]) }
            throw FilterError(.patternNotLiteral, at: token.range, in: text, expected: ["a string literal"])
        }
        if let run = LikePattern.longestWildcardRun(pattern), run > FilterLimits.wildcardRunBytes {
            throw FilterError(.patternTooLong, at: token.range, in: text)
        }
        next += 1
        return try node(.like(left, pattern: pattern, isNegated: isNegated), left.range.lowerBound, [left])
    }

    private mutating func isIn(_ left: Expression) throws(FilterError) -> Expression {
        let isNegated = takeNot()
        next += 1
        guard token.kind == .open else { throw unexpected(["("]) }
        next += 1
        if token.kind == .close { throw unexpected(["a value: the list of IN is never empty"]) }
        let list = try self.list()
        return try node(.isIn(left, list, isNegated: isNegated), left.range.lowerBound, [left] + list)
    }

    /// Expressions with commas between, up to and including `)`.
    private mutating func list() throws(FilterError) -> [Expression] {
        var list: [Expression] = []
        while true {
            list.append(try parse(.logic))
            if token.kind == .close { break }
            guard token.kind == .comma else { throw unexpected([",", ")"]) }
            next += 1
        }
        next += 1
        return list
    }

    // MARK: Operands

    private mutating func prefix() throws(FilterError) -> Expression {
        let start = token
        switch start.kind {
        case .integer(let value): return try leaf(Int32(exactly: value).map(Expression.Kind.integer) ?? .long(value))
        case .number(let value): return try leaf(.number(value))
        case .text(let value): return try leaf(.text(value))
        case .path(let path): return try leaf(.path(path))
        case .keyword(.true): return try leaf(.boolean(true))
        case .keyword(.false): return try leaf(.boolean(false))
        case .keyword(.null): return try leaf(.null)
        case .keyword(.not):
            next += 1
            let operand = try parse(.unary)
            return try node(.not(operand), start.range.lowerBound, [operand])
        case .minus:
            next += 1
            let operand = try parse(.unary)
            return try node(.negate(operand), start.range.lowerBound, [operand])
        case .keyword(.exists): return try exists()
        case .open:
            next += 1
            var inner = try parse(.logic)
            guard token.kind == .close else { throw unexpected([")", "an operator"]) }
            next += 1
            inner.range = start.range.lowerBound..<tokens[next - 1].range.upperBound
            inner.isParenthesized = true
            return inner
        case .word(let name): return try word(name)
        default: throw unexpected(["a value", "an attribute", "NOT", "("])
        }
    }

    private mutating func word(_ name: String) throws(FilterError) -> Expression {
        let start = token.range
        if next + 1 < tokens.count, tokens[next + 1].kind == .open {
            next += 2
            var arguments: [Expression] = []
            if token.kind == .close { next += 1 } else { arguments = try list() }
            return try node(.call(name: name, arguments), start.lowerBound, arguments)
        }
        guard !name.contains("_") else {
            let function = nearestName(to: name, among: BuiltinFunction.allCases.map(\.name))
            throw FilterError(
                .invalidName, at: start, in: text, expected: ["letters and digits"],
                suggestion: function.map { "the function is written \($0)(…)" })
        }
        return try leaf(.attribute(AttributeReference(name: name)))
    }

    private mutating func exists() throws(FilterError) -> Expression {
        let start = token.range.lowerBound
        next += 1
        switch token.kind {
        case .word(let name) where !name.contains("_"):
            next += 1
            return try node(.existsAttribute(AttributeReference(name: name)), start, [])
        case .path(let path):
            next += 1
            return try node(.existsPath(path), start, [])
        default: throw unexpected(["the name of an attribute", "a path"])
        }
    }

    // MARK: Nodes and errors

    private mutating func leaf(_ kind: Expression.Kind) throws(FilterError) -> Expression {
        next += 1
        return try node(kind, tokens[next - 1].range.lowerBound, [])
    }

    private mutating func node(
        _ kind: Expression.Kind, _ start: Int, _ children: [Expression]
    ) throws(FilterError) -> Expression {
        let range = start..<tokens[next - 1].range.upperBound
        let height = (children.map(\.height).max() ?? 0) + 1
        guard height <= FilterLimits.depth else { throw FilterError(.tooDeep, at: range, in: text) }
        defer { ids += 1 }
        return Expression(kind: kind, range: range, id: ids, height: height)
    }

    private func unexpected(_ expected: [String]) -> FilterError {
        if token.kind == .fault, let fault { return fault }
        var suggestion: String?
        if case .word(let name) = token.kind {
            let known = Token.Keyword.allCases.map { $0.rawValue.uppercased() }
            suggestion = nearestName(to: name, among: known).map { "did you mean \($0)?" }
        }
        return FilterError(.unexpectedToken, at: token.range, in: text, expected: expected, suggestion: suggestion)
    }
}
