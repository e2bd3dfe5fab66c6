import Notifications

/// One sub-expression, and what it saw of one event.
public struct Explanation: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case value(FilterValue)
        /// `AND` or `OR` had decided before, or an attribute on its left was missing.
        case notEvaluated
    }

    /// Bytes of the filter's text.
    public var range: Range<Int>
    public var text: String
    public var outcome: Outcome
    /// Errors that this sub-expression itself raised, not those of its parts.
    public var errors: [EvaluationError]
    public var parts: [Explanation]
}

/// Why an event matched a filter, or why it did not.
public struct FilterExplanation: Sendable, Hashable {
    public var matches: Bool
    public var evaluation: Evaluation
    public var root: Explanation
}

extension Filter {
    /// Runs the filter and shows every sub-expression with its place and the value it saw.
    public func explain(_ notification: Notification) -> FilterExplanation {
        let evaluation = evaluate(notification)
        let root = program.withEvaluator(notification) { evaluator in
            evaluator.isCollecting = true
            return explain(syntax, isEvaluated: true, &evaluator, notification)
        }
        return FilterExplanation(matches: evaluation.matches, evaluation: evaluation, root: root)
    }

    private func explain(
        _ expression: Expression, isEvaluated: Bool, _ evaluator: inout Evaluator, _ notification: Notification
    ) -> Explanation {
        var explanation = Explanation(
            range: expression.range, text: excerpt(expression.range, of: bytes, limit: 200), outcome: .notEvaluated,
            errors: [], parts: [])
        var noted: [Evaluator.ErrorRecord] = []
        if isEvaluated {
            let before = evaluator.records.count
            let value = evaluator.value(nodes[expression.id], notification)
            explanation.outcome = .value(evaluator.shown(value, notification))
            noted = Array(evaluator.records[before...])
        }
        let before = evaluator.records.count
        explanation.parts = parts(of: expression, isEvaluated: isEvaluated, &evaluator, notification)
        // The parts, run again, note their own errors again: what is left is this expression's.
        let ofParts = Set(evaluator.records[before...])
        explanation.errors = noted.filter { !ofParts.contains($0) }.map { error($0, in: expression) }
        return explanation
    }

    private func parts(
        of expression: Expression, isEvaluated: Bool, _ evaluator: inout Evaluator, _ notification: Notification
    ) -> [Explanation] {
        guard case .logic(let first, let terms) = expression.kind else {
            return expression.children.map { explain($0, isEvaluated: isEvaluated, &evaluator, notification) }
        }
        var parts = [explain(first, isEvaluated: isEvaluated, &evaluator, notification)]
        var truth = isEvaluated ? evaluator.truth(nodes[first.id], notification) : false
        for term in terms {
            let decides = truth.map { decided($0, term.logicOperator) } ?? true
            let isReached = isEvaluated && !decides
            parts.append(explain(term.operand, isEvaluated: isReached, &evaluator, notification))
            if isReached, let left = truth {
                let right = evaluator.truth(nodes[term.operand.id], notification)
                truth = right.map { term.logicOperator == .xor ? $0 != left : $0 } ?? false
            } else if truth == nil {
                truth = false
            }
        }
        return parts
    }

    private func decided(_ left: Bool, _ logicOperator: LogicOperator) -> Bool {
        switch logicOperator {
        case .and: !left
        case .or: left
        case .xor: false
        }
    }
}
