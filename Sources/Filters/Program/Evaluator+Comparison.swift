import Notifications

extension Evaluator {
    /// CESQL 3.7: the kind of the right operand decides to what the left one is cast; the operators
    /// of order are for Integers only. An operand with an error makes the comparison false
    /// (conformance set: `1 != 1 / 0`).
    mutating func compare(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let before = errors
        errors = []
        defer { errors.formUnion(before) }
        let result = compareOperands(node, instruction, notification)
        return errors.isEmpty ? result : .boolean(false)
    }

    private mutating func compareOperands(
        _ node: Int32, _ instruction: Instruction, _ notification: Notification
    ) -> Value {
        let comparison = ComparisonOperator(rawValue: instruction.flag) ?? .equal
        guard comparison.isEquality else {
            let left = integer(instruction.a, notification)
            if left.kind != .integer { return .boolean(false) }
            let right = integer(instruction.b, notification)
            if right.kind != .integer { return .boolean(false) }
            return .boolean(comparison.holds(left.whole, right.whole))
        }
        let left = value(instruction.a, notification)
        if left.kind == .missing || left.kind == .absent { return .boolean(false) }
        let right = value(instruction.b, notification)
        if right.kind == .missing || right.kind == .absent { return .boolean(false) }
        guard let isEqual = isEqual(left, instruction.a, castTo: right, notification) else { return .boolean(false) }
        return .boolean(isEqual == (comparison == .equal))
    }

    /// nil: the cast failed.
    private mutating func isEqual(
        _ left: Value, _ leftNode: Int32, castTo right: Value, _ notification: Notification
    ) -> Bool? {
        let before = errors
        errors = []
        defer { errors.formUnion(before) }
        switch right.kind {
        case .boolean:
            let truth: Bool? = left.kind == .boolean ? left.isTrue : castTruth(left, leftNode, notification)
            return errors.isEmpty ? truth == right.isTrue : nil
        case .integer:
            let whole = cast(integerOf: left, leftNode, notification, isExplicit: false)
            return errors.isEmpty ? whole.whole == right.whole : nil
        default:
            let text = left.isText ? left : cast(textOf: left, leftNode, notification, isExplicit: false)
            return areSame(text, right, notification)
        }
    }

    private mutating func castTruth(_ value: Value, _ node: Int32, _ notification: Notification) -> Bool? {
        if value.kind == .integer { return value.whole != 0 }
        if value.isText, let known = withBytes(value, notification, parseBoolean) { return known }
        note(.cast, node)
        return nil
    }

    @inline(__always)
    func areSame(_ left: Value, _ right: Value, _ notification: Notification) -> Bool {
        guard left.count == right.count else { return false }
        return withBytes(right, notification) { right in
            withBytes(left, notification) { areEqual($0, right) }
        }
    }

    // MARK: Body rules

    /// Nothing is cast: different kinds are different, and have no order. What is absent compares
    /// as false, whatever the operator.
    mutating func compareBody(_ instruction: Instruction, _ notification: Notification) -> Value {
        let comparison = ComparisonOperator(rawValue: instruction.flag) ?? .equal
        let left = value(instruction.a, notification)
        let right = value(instruction.b, notification)
        if left.kind == .many {
            return .boolean(any(left) { holds(comparison, $0, right, notification) })
        }
        if right.kind == .many {
            return .boolean(any(right) { holds(comparison, left, $0, notification) })
        }
        return .boolean(holds(comparison, left, right, notification))
    }

    private func holds(
        _ comparison: ComparisonOperator, _ left: Value, _ right: Value, _ notification: Notification
    ) -> Bool {
        if left.kind == .absent || right.kind == .absent || left.kind == .missing || right.kind == .missing { return false }
        if left.isNumeric, right.isNumeric { return holdsNumber(comparison, left, right) }
        if left.isText, right.isText {
            if comparison.isEquality { return areSame(left, right, notification) == (comparison == .equal) }
            let sign = withBytes(left, notification) { left in withBytes(right, notification) { order(left, $0) } }
            return comparison.holds(sign, 0)
        }
        guard comparison.isEquality else { return false }
        let isEqual: Bool
        switch (left.kind, right.kind) {
        case (.boolean, .boolean): isEqual = left.isTrue == right.isTrue
        case (.null, .null): isEqual = true
        default: isEqual = false
        }
        return isEqual == (comparison == .equal)
    }

    private func holdsNumber(_ comparison: ComparisonOperator, _ left: Value, _ right: Value) -> Bool {
        if left.kind != .double, right.kind != .double { return comparison.holds(left.whole, right.whole) }
        if left.kind == .double, right.kind == .double { return comparison.holds(left.double, right.double) }
        if left.kind == .double { return holds(comparison.mirrored, right.whole, left.double) }
        return holds(comparison, left.whole, right.double)
    }

    /// Exact also where a Double cannot hold the integer.
    private func holds(_ comparison: ComparisonOperator, _ whole: Int64, _ number: Double) -> Bool {
        if whole.magnitude <= 1 << 53 { return comparison.holds(Double(whole), number) }
        let rounded = number.rounded(.down)
        guard let floor = Int64(exactly: rounded) else { return comparison.holds(0, number) }
        // Between two integers the fraction decides: the integer is never equal to it.
        if rounded == number { return comparison.holds(whole, floor) }
        return comparison.holds(whole <= floor ? -1 : 1, 0)
    }

    // MARK: LIKE and IN

    mutating func like(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let pattern = patterns[Int(instruction.b)]
        let wanted = instruction.flag == 0
        let value = self.value(instruction.a, notification)
        if value.kind == .many {
            return .boolean(any(value) { $0.isText && matches($0, pattern, notification) == wanted })
        }
        let text = value.isText ? value : cast(textOf: value, instruction.a, notification, isExplicit: false)
        guard text.isText else { return .boolean(false) }
        return .boolean(matches(text, pattern, notification) == wanted)
    }

    private func matches(_ text: Value, _ pattern: LikePattern, _ notification: Notification) -> Bool {
        withBytes(text, notification) { pattern.matches($0, runs: runs, literals: literals) }
    }

    /// CESQL 3.4.5: the elements are cast to the kind of the left operand. Elements behind the one
    /// that was found are not looked at.
    mutating func isIn(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let left = value(instruction.a, notification)
        if left.kind == .missing || left.kind == .absent { return .boolean(false) }
        for index in 0..<Int(instruction.c) {
            let element = lists[Int(instruction.b) + index]
            let right = value(element, notification)
            if right.kind == .missing || right.kind == .absent { return .boolean(false) }
            if isEqual(right, element, castTo: left, notification) == true {
                return .boolean(instruction.flag == 0)
            }
        }
        return .boolean(instruction.flag != 0)
    }

    mutating func isInBody(_ instruction: Instruction, _ notification: Notification) -> Value {
        let left = value(instruction.a, notification)
        if left.kind == .missing || left.kind == .absent { return .boolean(false) }
        guard left.kind == .many, instruction.flag != 0 else {
            return .boolean(isFound(left, instruction, notification) == (instruction.flag == 0))
        }
        // NOT IN over several values: some value is outside the list.
        let elements = (0..<Int(instruction.c)).map { value(lists[Int(instruction.b) + $0], notification) }
        return .boolean(any(left) { item in !elements.contains { holds(.equal, item, $0, notification) } })
    }

    private mutating func isFound(_ left: Value, _ instruction: Instruction, _ notification: Notification) -> Bool {
        for index in 0..<Int(instruction.c) {
            let right = value(lists[Int(instruction.b) + index], notification)
            if any(left, { holds(.equal, $0, right, notification) }) { return true }
        }
        return false
    }
}
