import Notifications

extension Evaluator {
    /// CESQL 3.4: 32 bits, `/` cuts towards 0, `%` has the sign of the left operand. A result that
    /// does not fit is a MathError and 0.
    mutating func arithmetic(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let left = integer(instruction.a, notification)
        let right = integer(instruction.b, notification)
        if left.kind == .missing || right.kind == .missing { return .integer(0) }
        if left.kind == .absent || right.kind == .absent { return .absent }
        let result: Int64?
        switch ArithmeticOperator(rawValue: instruction.flag) {
        case .add: result = left.whole + right.whole
        case .subtract: result = left.whole - right.whole
        case .multiply: result = left.whole * right.whole
        case .divide: result = right.whole == 0 ? nil : left.whole / right.whole
        case .remainder: result = right.whole == 0 ? nil : left.whole % right.whole
        case nil: result = nil
        }
        guard let result, let fitting = Int32(exactly: result) else {
            note(.math, node)
            return .integer(0)
        }
        return .integer(fitting)
    }

    /// Numbers of a body are computed with as Double.
    mutating func arithmeticBody(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let left = value(instruction.a, notification)
        let right = value(instruction.b, notification)
        if left.kind == .missing || right.kind == .missing { return .integer(0) }
        guard let x = number(left), let y = number(right) else { return .absent }
        let result: Double
        switch ArithmeticOperator(rawValue: instruction.flag) {
        case .add: result = x + y
        case .subtract: result = x - y
        case .multiply: result = x * y
        case .divide: result = x / y
        case .remainder: result = x.truncatingRemainder(dividingBy: y)
        case nil: return .absent
        }
        guard result.isFinite else {
            note(.math, node)
            return .integer(0)
        }
        return .double(result)
    }

    private func number(_ value: Value) -> Double? {
        switch value.kind {
        case .integer, .long: Double(value.whole)
        case .double: value.double
        default: nil
        }
    }

    mutating func negate(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        if type(node) == .number {
            let value = self.value(instruction.a, notification)
            guard let number = number(value) else { return .absent }
            if value.kind == .long, value.whole != .min { return .long(-value.whole) }
            return .double(-number)
        }
        let value = integer(instruction.a, notification)
        if value.kind == .missing { return .integer(0) }
        if value.kind == .absent { return .absent }
        guard let result = Int32(exactly: -value.whole) else {
            note(.math, node)
            return .integer(0)
        }
        return .integer(result)
    }
}
