import Notifications

/// Syntax tree → instructions, with the checks that need types.
struct Compiler {
    var builder = ProgramBuilder()
    /// By the expression's id: its instruction.
    private var nodes: [Int32] = []
    private var text: [UInt8] = []

    /// Adds one filter. Equal sub-expressions of filters added before are shared.
    mutating func add(_ filter: Expression, text: [UInt8]) throws(FilterError) -> (root: Int32, nodes: [Int32]) {
        self.text = text
        nodes = [Int32](repeating: -1, count: filter.id + 1)
        try refuseBareNull(filter)
        try refuseLong(filter)
        let root = try compile(filter)
        return (root, nodes)
    }

    private mutating func compile(_ expression: Expression) throws(FilterError) -> Int32 {
        let node = try compileKind(expression)
        nodes[expression.id] = node
        return node
    }

    private mutating func compileKind(_ expression: Expression) throws(FilterError) -> Int32 {
        switch expression.kind {
        case .boolean(let value): return builder.constant(value)
        case .integer(let value):
            return builder.add(.init(operation: .integer, type: .integer, bits: UInt64(bitPattern: Int64(value))))
        case .long(let value): return builder.add(.init(operation: .long, type: .number, bits: UInt64(bitPattern: value)))
        case .number(let value): return builder.add(.init(operation: .number, type: .number, bits: value.bitPattern))
        case .text(let bytes): return builder.constant(bytes)
        case .null: return builder.add(.init(operation: .null, type: .null))
        case .attribute(let reference): return attribute(reference)
        case .path(let path):
            return builder.add(.init(operation: .path, type: path.isMany ? .many : .body, a: builder.slot(path)))
        case .existsAttribute(let reference): return exists(reference)
        case .existsPath(let path): return builder.add(.init(operation: .existsPath, type: .boolean, a: builder.slot(path)))
        case .not(let operand):
            try refuseBareNull(operand)
            try refuseLong(operand)
            let node = try compile(operand)
            return builder.add(.init(operation: .not, type: .boolean, a: node))
        case .negate(let operand):
            let node = try single(operand)
            let type: Instruction.ResultType = builder[node].type.followsBodyRules ? .number : .integer
            return builder.add(.init(operation: .negate, type: type, a: node))
        case .logic(let first, let terms): return try logic(first, terms)
        case .comparison(let comparison, let left, let right): return try compare(comparison, left, right, expression)
        case .arithmetic(let arithmetic, let left, let right): return try compute(arithmetic, left, right)
        case .like(let operand, let pattern, let isNegated):
            try refuseBareNull(operand)
            try refuseLong(operand)
            let node = try compile(operand)
            let index = builder.pattern(pattern)
            return builder.add(.init(operation: .like, type: .boolean, flag: isNegated ? 1 : 0, a: node, b: index))
        case .isIn(let operand, let list, let isNegated): return try isIn(operand, list, isNegated)
        case .call(let name, let arguments): return try call(name, arguments)
        }
    }

    // MARK: Attributes

    private mutating func attribute(_ reference: AttributeReference) -> Int32 {
        switch reference {
        case .context(let attribute):
            let isText = attribute != .sequence
            return builder.add(.init(operation: .attribute, type: isText ? .text : .attribute, a: Int32(attribute.rawValue)))
        case .other(let name):
            let place = builder.text(Array(name.utf8))
            return builder.add(.init(operation: .extension_, type: .attribute, a: place.offset, b: place.count))
        }
    }

    private mutating func exists(_ reference: AttributeReference) -> Int32 {
        switch reference {
        case .context(let attribute) where attribute.isRequired: return builder.constant(true)
        case .context(let attribute):
            return builder.add(.init(operation: .existsAttribute, type: .boolean, a: Int32(attribute.rawValue)))
        case .other(let name):
            let place = builder.text(Array(name.utf8))
            return builder.add(.init(operation: .existsExtension, type: .boolean, a: place.offset, b: place.count))
        }
    }

    // MARK: Logic

    /// Drops what cannot change the result; a constant that decides cuts the chain where it stands.
    private mutating func logic(_ first: Expression, _ terms: [Expression.LogicTerm]) throws(FilterError) -> Int32 {
        var chain = [try truthOperand(first)]
        for term in terms {
            let operand = try truthOperand(term.operand)
            let known = chain.count == 1 ? builder.truth(chain[0]) : nil
            switch (term.logicOperator, known, builder.truth(operand)) {
            case (.and, false, _), (.or, true, _): break
            case (.and, true, _), (.or, false, _), (.xor, false, _): chain = [operand]
            case (.and, _, true), (.or, _, false), (.xor, _, false): break
            default: chain += [term.logicOperator.rawValue, operand]
            }
        }
        if chain.count == 1, builder[chain[0]].type == .boolean { return chain[0] }
        let list = builder.list(chain)
        return builder.add(.init(operation: .logic, type: .boolean, a: list, b: Int32(chain.count)))
    }

    private mutating func truthOperand(_ expression: Expression) throws(FilterError) -> Int32 {
        try refuseBareNull(expression)
        try refuseLong(expression)
        return try compile(expression)
    }

    // MARK: Comparisons

    private mutating func compare(
        _ comparison: ComparisonOperator, _ left: Expression, _ right: Expression, _ whole: Expression
    ) throws(FilterError) -> Int32 {
        let a = try compile(left)
        let b = try compile(right)
        let types = (builder[a].type, builder[b].type)
        if types.0 == .many, types.1 == .many { throw misplaced(right) }
        if types.0 == .null || types.1 == .null {
            guard comparison.isEquality else {
                throw FilterError(.nullMisplaced, at: types.1 == .null ? right.range : left.range, in: text)
            }
            // In a CloudEvent null and absent are one and the same.
            if case .attribute(let reference) = (types.1 == .null ? left : right).kind {
                let isThere = exists(reference)
                return comparison == .notEqual ? isThere : builder.add(.init(operation: .not, type: .boolean, a: isThere))
            }
        }
        guard types.0.followsBodyRules || types.1.followsBodyRules else {
            return builder.add(.init(operation: .compare, type: .boolean, flag: comparison.rawValue, a: a, b: b))
        }
        try requireBody(left, beside: types.1)
        try requireBody(right, beside: types.0)
        if builder[a].isConstant, !builder[b].isConstant {
            return builder.add(.init(operation: .compareBody, type: .boolean, flag: comparison.mirrored.rawValue, a: b, b: a))
        }
        return builder.add(.init(operation: .compareBody, type: .boolean, flag: comparison.rawValue, a: a, b: b))
    }

    private mutating func isIn(
        _ operand: Expression, _ list: [Expression], _ isNegated: Bool
    ) throws(FilterError) -> Int32 {
        try refuseBareNull(operand)
        let node = try compile(operand)
        var elements: [Int32] = []
        var followsBodyRules = builder[node].type.followsBodyRules
        for element in list {
            let compiled = try compile(element)
            let type = builder[compiled].type
            if type == .many { throw misplaced(element) }
            if !builder[node].type.followsBodyRules { try refuseBareNull(element) }
            try requireBody(element, beside: builder[node].type)
            followsBodyRules = followsBodyRules || type.followsBodyRules
            elements.append(compiled)
        }
        if case .long = operand.kind, !elements.contains(where: { builder[$0].type == .body }) { try refuseLong(operand) }
        return builder.add(.init(
            operation: followsBodyRules ? .isInBody : .isIn, type: .boolean, flag: isNegated ? 1 : 0, a: node,
            b: builder.list(elements), c: Int32(elements.count)))
    }

    // MARK: Numbers and functions

    private mutating func compute(
        _ arithmetic: ArithmeticOperator, _ left: Expression, _ right: Expression
    ) throws(FilterError) -> Int32 {
        let a = try single(left)
        let b = try single(right)
        let isBody = builder[a].type.followsBodyRules || builder[b].type.followsBodyRules
        if isBody {
            try requireBody(left, beside: builder[b].type)
            try requireBody(right, beside: builder[a].type)
        }
        return builder.add(.init(
            operation: isBody ? .arithmeticBody : .arithmetic, type: isBody ? .number : .integer,
            flag: arithmetic.rawValue, a: a, b: b))
    }

    private mutating func call(_ name: String, _ arguments: [Expression]) throws(FilterError) -> Int32 {
        let function = BuiltinFunction(name: name, arguments: arguments.count)
        var nodes: [Int32] = []
        for (index, argument) in arguments.enumerated() {
            if index == 0, function?.isPredicate == true {
                try refuseBareNull(argument)
                try refuseLong(argument)
                nodes.append(try compile(argument))
            } else {
                nodes.append(try single(argument))
                try refuseLong(argument)
            }
        }
        guard let function else { return builder.add(.init(operation: .unknownFunction, type: .boolean)) }
        let type: Instruction.ResultType =
            switch function.result {
            case .boolean: .boolean
            case .integer: .integer
            default: .text
            }
        return builder.add(.init(
            operation: .call, type: type, flag: function.rawValue, b: builder.list(nodes), c: Int32(nodes.count)))
    }

    // MARK: Checks

    /// An operand that must be one value.
    private mutating func single(_ expression: Expression) throws(FilterError) -> Int32 {
        try refuseBareNull(expression)
        let node = try compile(expression)
        if builder[node].type == .many { throw misplaced(expression) }
        return node
    }

    private func misplaced(_ expression: Expression) -> FilterError {
        FilterError(
            .wildcardMisplaced, at: expression.range, in: text,
            expected: ["one side of a comparison, of LIKE, IN, STARTS_WITH, ENDS_WITH or CONTAINS"])
    }

    private func refuseBareNull(_ expression: Expression) throws(FilterError) {
        if case .null = expression.kind { throw FilterError(.nullMisplaced, at: expression.range, in: text) }
    }

    /// CESQL integers have 32 bits; longer ones only make sense beside a value of a body.
    private func refuseLong(_ expression: Expression) throws(FilterError) {
        guard case .long = expression.kind else { return }
        throw FilterError(
            .integerOutOfRange, at: expression.range, in: text,
            suggestion: "longer integers can only be compared with values of the body")
    }

    private func requireBody(_ expression: Expression, beside other: Instruction.ResultType) throws(FilterError) {
        if other != .body, other != .many { try refuseLong(expression) }
    }
}
