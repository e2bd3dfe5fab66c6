import Notifications

extension FilterSet {
    /// Filters that another one of the same endpoint makes superfluous, by their place in
    /// ``filters``: whatever event they match, the other matches too.
    ///
    /// - Parameter endpoints: for each filter, where its matches go.
    public func redundant(endpoints: [EndpointID]) -> [RedundantFilter] {
        var implication = Implication(program: program)
        var found: [RedundantFilter] = []
        for index in roots.indices where index < endpoints.count {
            let other = roots.indices.first { other in
                guard other != index, other < endpoints.count, endpoints[other] == endpoints[index] else { return false }
                guard implication.covers(roots[index], roots[other]) else { return false }
                // Of two that say the same the first stays.
                return other < index || !implication.covers(roots[other], roots[index])
            }
            if let other { found.append(RedundantFilter(index: index, coveredBy: other)) }
        }
        return found
    }
}

/// A filter that changes nothing.
public struct RedundantFilter: Sendable, Hashable {
    public var index: Int
    /// The filter that matches whatever this one does.
    public var coveredBy: Int

    public init(index: Int, coveredBy: Int) {
        self.index = index
        self.coveredBy = coveredBy
    }
}

/// `p` matches ⇒ `q` matches. Says no when it does not know, or would have to think too long.
struct Implication {
    let program: Program
    /// Pairs still to be looked at: nested AND and OR could ask for very many.
    private var budget = 0

    init(program: Program) {
        self.program = program
    }

    mutating func covers(_ p: Int32, _ q: Int32) -> Bool {
        budget = 2_000
        return p == q || holds(p, q)
    }

    private mutating func holds(_ p: Int32, _ q: Int32) -> Bool {
        guard budget > 0 else { return false }
        budget -= 1
        // An Integer or a text is cast beside AND and OR, but no truth as a whole filter.
        guard [.boolean, .body, .many].contains(program.instructions[Int(q)].type) else { return false }
        if p == q || truth(q) == true || truth(p) == false { return true }
        let needed = program.terms(of: q, joinedBy: .and)
        if needed.count > 1 { return needed.allSatisfy { holds(p, $0) } }
        let cases = program.terms(of: p, joinedBy: .or)
        if cases.count > 1 { return cases.allSatisfy { holds($0, q) } }
        let given = program.terms(of: p, joinedBy: .and)
        if given.count > 1, given.contains(where: { holds($0, q) }) { return true }
        let choices = program.terms(of: q, joinedBy: .or)
        if choices.count > 1 {
            // An error in an earlier choice would keep the event out.
            for choice in choices {
                if holds(p, choice) { return true }
                let isCast = ![.boolean, .body, .many].contains(program.instructions[Int(choice)].type)
                if isCast || canFail(choice) { return false }
            }
            return false
        }
        guard let left = Constraint(p, in: program) else { return false }
        if let right = Constraint(q, in: program) { return left.implies(right) }
        return isListed(left, q)
    }

    private func truth(_ node: Int32) -> Bool? {
        let instruction = program.instructions[Int(node)]
        return instruction.operation == .boolean ? instruction.bits != 0 : nil
    }

    /// `x = 'a'` implies `x IN ('a', 'b')`.
    private func isListed(_ constraint: Constraint, _ node: Int32) -> Bool {
        let instruction = program.instructions[Int(node)]
        guard constraint.comparison == .equal, instruction.operation == .isIn, instruction.flag == 0,
            instruction.a == constraint.operand, case .text(let text) = constraint.constant
        else { return false }
        let elements = program.lists[Int(instruction.b)..<Int(instruction.b + instruction.c)].map { program.instructions[Int($0)] }
        return elements.allSatisfy { $0.operation == .text }
            && elements.contains { program.literals[Int($0.a)..<Int($0.a + $0.b)] == text }
    }

    /// Some event may raise an error here.
    private func canFail(_ node: Int32) -> Bool {
        let instruction = program.instructions[Int(node)]
        switch instruction.operation {
        case .boolean, .text, .integer, .long, .number, .null, .existsAttribute, .existsExtension, .existsPath, .path:
            return false
        case .attribute: return ContextAttribute(rawValue: UInt8(truncatingIfNeeded: instruction.a))?.isRequired != true
        case .compareBody: return canFail(instruction.a) || canFail(instruction.b)
        case .compare:
            let isText = [instruction.a, instruction.b].allSatisfy { program.instructions[Int($0)].type == .text }
            let isEquality = ComparisonOperator(rawValue: instruction.flag)?.isEquality == true
            return !isText || !isEquality || canFail(instruction.a) || canFail(instruction.b)
        case .like: return program.instructions[Int(instruction.a)].type != .text || canFail(instruction.a)
        default: return true
        }
    }
}
