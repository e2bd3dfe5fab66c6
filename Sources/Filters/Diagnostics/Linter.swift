import Notifications

/// Walks a filter's syntax tree beside its compiled form.
struct Linter {
    let filter: Filter
    let context: FilterContext
    private var lints: [FilterLint] = []

    /// Extension attributes that this bridge and the CloudEvents repository know.
    private static let knownExtensions = [
        "tracestate", "partitionkey", "modelstatus", "updatereason", "dataref", "correlationid", "causationid",
        "sampledrate", "severitytext", "severitynumber", "authtype", "authid", "expirytime", "recordedtime",
    ]

    init(filter: Filter, context: FilterContext) {
        self.filter = filter
        self.context = context
    }

    mutating func run() -> [FilterLint] {
        checkRoot()
        walk(filter.syntax)
        var seen: Set<FilterLint> = []
        return lints.filter { seen.insert($0).inserted }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    // MARK: Helpers

    mutating func add(
        _ kind: FilterLint.Kind, _ severity: FilterLint.Severity, _ range: Range<Int>, _ message: String,
        _ suggestion: String? = nil
    ) {
        lints.append(FilterLint(
            kind: kind, severity: severity, range: range,
            position: SourcePosition(offset: range.lowerBound, in: filter.bytes), message: message, suggestion: suggestion))
    }

    func instruction(_ expression: Expression) -> Instruction {
        filter.program.instructions[Int(filter.nodes[expression.id])]
    }

    func spelled(_ expression: Expression) -> String {
        excerpt(expression.range, of: filter.bytes, limit: 60)
    }

    // MARK: Constants

    private mutating func checkRoot() {
        let root = filter.program.instructions[Int(filter.root)]
        let range = filter.syntax.range
        if root.operation == .boolean {
            let isTrue = root.bits != 0
            if case .boolean = filter.syntax.kind {
                add(
                    isTrue ? .alwaysTrue : .alwaysFalse, .note, range,
                    isTrue ? "every event matches" : "no event matches: the route is off")
            } else {
                add(
                    isTrue ? .alwaysTrue : .alwaysFalse, isTrue ? .warning : .error, range,
                    isTrue ? "is true for every event" : "is false for every event")
            }
            return
        }
        switch root.type {
        case .text, .integer, .number, .null:
            add(
                .alwaysFalse, .error, range, "the value is no Boolean, so no event matches",
                "compare it with something")
        default: break
        }
        if let contradiction = Contradictions(program: filter.program).find(filter.root) {
            add(.alwaysFalse, .error, range, contradiction)
        }
    }

    private mutating func walk(_ expression: Expression) {
        for child in expression.children { walk(child) }
        switch expression.kind {
        case .attribute(let reference), .existsAttribute(let reference): checkName(reference, expression)
        case .logic(let first, let terms): checkLogic(expression, first, terms)
        case .comparison(let comparison, let left, let right):
            checkNot(left, expression)
            checkComparison(comparison, left, right, expression)
        case .like(let operand, _, _):
            checkNot(operand, expression)
            checkTypePredicate(operand, expression)
        case .isIn(let operand, let list, _):
            checkNot(operand, expression)
            for element in list { checkTypeName(operand, element) }
        case .call(let name, let arguments): checkCall(name, arguments, expression)
        default: break
        }
        checkAlwaysFails(expression)
    }

    /// All operands are constants, yet the compiler could not replace it: it raises an error.
    private mutating func checkAlwaysFails(_ expression: Expression) {
        let children = expression.children
        guard !children.isEmpty, !instruction(expression).isConstant, instruction(expression).operation != .logic else { return }
        guard children.allSatisfy({ instruction($0).isConstant }) else { return }
        if case .call = expression.kind, instruction(expression).operation == .unknownFunction { return }
        let evaluation = filter.program.withEvaluator(.blank) { evaluator in
            _ = evaluator.value(filter.nodes[expression.id], .blank)
            return evaluator.errors
        }
        guard !evaluation.isEmpty else { return }
        let error = EvaluationError(kind: .init(evaluation), range: expression.range, text: spelled(expression))
        add(.alwaysFails, .error, expression.range, "always an error: \(error)")
    }

    // MARK: Names

    private mutating func checkName(_ reference: AttributeReference, _ expression: Expression) {
        guard case .other(let name) = reference else { return }
        let known = Self.knownExtensions + context.extensions
        guard !known.contains(name) else { return }
        guard let nearest = nearestName(to: name, among: ContextAttribute.allCases.map(\.name) + known) else { return }
        add(
            .unknownAttribute, .warning, expression.range, "`\(name)` is read as an extension attribute",
            "did you mean \(nearest)?")
    }

    private mutating func checkCall(_ name: String, _ arguments: [Expression], _ expression: Expression) {
        guard instruction(expression).operation == .unknownFunction else {
            if arguments.count > 0, let function = BuiltinFunction(name: name, arguments: arguments.count), function.isPredicate {
                checkTypePredicate(arguments[0], expression)
            }
            return
        }
        let upper = name.uppercased()
        if let known = BuiltinFunction.allCases.first(where: { $0.name == upper }) {
            let arity = known.arity
            let wanted = arity.most == arity.least ? "\(arity.least)" : "\(arity.least) to \(arity.most.map(String.init) ?? "any number")"
            add(.unknownFunction, .error, expression.range, "\(upper) takes \(wanted) arguments, not \(arguments.count)")
        } else {
            let nearest = nearestName(to: upper, among: BuiltinFunction.allCases.map(\.name))
            add(
                .unknownFunction, .error, expression.range, "there is no function \(name)",
                nearest.map { "did you mean \($0)?" })
        }
    }

    // MARK: Precedence

    private mutating func checkNot(_ left: Expression, _ whole: Expression) {
        guard case .not(let operand) = left.kind, !left.isParenthesized else { return }
        add(
            .notBindsTighter, .warning, whole.range,
            "NOT applies to `\(spelled(operand))` alone", "write NOT (\(spelled(whole).dropFirst(4)))")
    }

    private mutating func checkLogic(_ whole: Expression, _ first: Expression, _ terms: [Expression.LogicTerm]) {
        var before: LogicOperator?
        for (index, term) in terms.enumerated() {
            if term.logicOperator == .and, let before, before != .and {
                let left = excerpt(first.range.lowerBound..<terms[index - 1].operand.range.upperBound, of: filter.bytes, limit: 80)
                add(
                    .mixedLogic, .warning, whole.range, "AND and OR have one precedence and are read from left to right",
                    "write (\(left)) AND … if that is meant")
                break
            }
            before = term.logicOperator
        }
        for (operand, following) in zip([first] + terms.map(\.operand), terms) where following.logicOperator != .and {
            guard let name = unguarded(operand, []) else { continue }
            add(
                .mayBeMissing, .note, operand.range,
                "an event without `\(name)` does not match, whatever stands behind \(following.logicOperator == .or ? "OR" : "XOR")",
                "write (EXISTS \(name) AND …)")
        }
        for operand in [first] + terms.map(\.operand) {
            if case .boolean = operand.kind { continue }
            if let known = instruction(operand).operation == .boolean ? instruction(operand).bits != 0 : nil {
                add(known ? .alwaysTrue : .alwaysFalse, .warning, operand.range, "`\(spelled(operand))` is always \(known)")
            }
        }
    }

    /// An attribute that an event may lack, read with no EXISTS before it.
    private func unguarded(_ expression: Expression, _ guarded: Set<String>) -> String? {
        switch expression.kind {
        case .attribute(.context(let attribute)) where attribute.isRequired: return nil
        case .attribute(let reference): return guarded.contains(reference.name) ? nil : reference.name
        case .logic(let first, let terms):
            var guarded = guarded
            for (index, operand) in ([first] + terms.map(\.operand)).enumerated() {
                if let name = unguarded(operand, guarded) { return name }
                let isAnd = index >= terms.count || terms[index].logicOperator == .and
                if isAnd, case .existsAttribute(let reference) = operand.kind { guarded.insert(reference.name) }
            }
            return nil
        // `x = null` asks whether the attribute is there.
        case .comparison(_, let left, let right) where left.isNull || right.isNull: return nil
        default:
            for child in expression.children {
                if let name = unguarded(child, guarded) { return name }
            }
            return nil
        }
    }
}

extension Expression {
    fileprivate var isNull: Bool {
        if case .null = kind { true } else { false }
    }
}
