/// Finds an `AND` of comparisons that can never be true together.
struct Contradictions {
    let program: Program

    func find(_ root: Int32) -> String? {
        let terms = program.terms(of: root, joinedBy: .and)
        guard terms.count > 1 else { return nil }
        var seen: [Int32: [Constraint]] = [:]
        for term in terms {
            guard let constraint = Constraint(term, in: program), program.instructions[Int(constraint.operand)].type != .many
            else { continue }
            let others = seen[constraint.operand] ?? []
            if others.contains(where: { !$0.isCompatible(with: constraint) }) {
                return "asks one value for two things that are never true together"
            }
            seen[constraint.operand] = others + [constraint]
        }
        return nil
    }
}

/// `operand op constant`.
struct Constraint {
    enum Constant: Equatable {
        case number(Double)
        case text(ArraySlice<UInt8>)
        case boolean(Bool)
    }

    var operand: Int32
    var comparison: ComparisonOperator
    var constant: Constant

    init?(_ node: Int32, in program: Program) {
        let instruction = program.instructions[Int(node)]
        guard instruction.operation == .compare || instruction.operation == .compareBody,
            let comparison = ComparisonOperator(rawValue: instruction.flag)
        else { return nil }
        let right = program.instructions[Int(instruction.b)]
        switch right.operation {
        case .integer, .long: constant = .number(Double(Int64(bitPattern: right.bits)))
        case .number: constant = .number(Double(bitPattern: right.bits))
        case .boolean: constant = .boolean(right.bits != 0)
        case .text: constant = .text(program.literals[Int(right.a)..<Int(right.a + right.b)])
        default: return nil
        }
        operand = instruction.a
        self.comparison = comparison
    }

    /// Some value may satisfy both.
    func isCompatible(with other: Constraint) -> Bool {
        if comparison == .equal { return other.isSatisfied(by: constant) ?? true }
        if other.comparison == .equal { return isSatisfied(by: other.constant) ?? true }
        guard case .number(let mine) = constant, case .number(let others) = other.constant else { return true }
        if isLowerBound, other.isUpperBound { return fits(mine, others, other) }
        if isUpperBound, other.isLowerBound { return fits(others, mine, other) }
        return true
    }

    private func fits(_ low: Double, _ high: Double, _ other: Constraint) -> Bool {
        let isClosed = [comparison, other.comparison].allSatisfy { $0 == .lessOrEqual || $0 == .greaterOrEqual }
        return isClosed ? low <= high : low < high
    }

    private var isLowerBound: Bool { comparison == .greater || comparison == .greaterOrEqual }
    private var isUpperBound: Bool { comparison == .less || comparison == .lessOrEqual }

    /// nil: the kinds differ, and casts may come into play.
    func isSatisfied(by value: Constant) -> Bool? {
        switch (value, constant) {
        case (.number(let left), .number(let right)): return comparison.holds(left, right)
        case (.text(let left), .text(let right)) where comparison.isEquality: return (left == right) == (comparison == .equal)
        case (.boolean(let left), .boolean(let right)) where comparison.isEquality:
            return (left == right) == (comparison == .equal)
        default: return nil
        }
    }

    /// Whatever satisfies this satisfies the other.
    func implies(_ other: Constraint) -> Bool {
        guard operand == other.operand else { return false }
        if comparison == .equal { return other.isSatisfied(by: constant) ?? false }
        guard case .number(let mine) = constant, case .number(let others) = other.constant else { return false }
        if isLowerBound, other.isLowerBound {
            return mine > others || mine == others && (comparison == .greater || other.comparison == .greaterOrEqual)
        }
        if isUpperBound, other.isUpperBound {
            return mine < others || mine == others && (comparison == .less || other.comparison == .lessOrEqual)
        }
        return false
    }
}

extension Program {
    /// The operands of a chain that has only this operator, chains within it opened; else the node itself.
    func terms(of node: Int32, joinedBy logicOperator: LogicOperator) -> [Int32] {
        let instruction = instructions[Int(node)]
        guard instruction.operation == .logic else { return [node] }
        let chain = lists[Int(instruction.a)..<Int(instruction.a + instruction.b)]
        var operands: [Int32] = []
        for (index, item) in chain.enumerated() {
            if index % 2 == 1 {
                guard item == logicOperator.rawValue else { return [node] }
            } else {
                operands += terms(of: item, joinedBy: logicOperator)
            }
        }
        return operands
    }
}
