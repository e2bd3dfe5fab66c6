import Notifications

extension Linter {
    mutating func checkComparison(
        _ comparison: ComparisonOperator, _ left: Expression, _ right: Expression, _ whole: Expression
    ) {
        checkTypeName(left, right)
        checkTypeName(right, left)
        guard !instruction(left).isConstant || !instruction(right).isConstant else { return }
        if let complaint = complaint(comparison, left, right) ?? complaint(comparison.mirrored, right, left) {
            add(complaint.kind, .error, whole.range, complaint.message, complaint.suggestion)
        }
    }

    private typealias Complaint = (kind: FilterLint.Kind, message: String, suggestion: String?)

    /// `side` against a constant.
    private func complaint(_ comparison: ComparisonOperator, _ side: Expression, _ constant: Expression) -> Complaint? {
        let value = instruction(constant)
        guard value.isConstant else { return nil }
        // `subject = null` asks whether the attribute is there.
        if value.operation == .null, case .attribute = side.kind { return nil }
        let type = instruction(side).type
        let name = spelled(side)
        if !comparison.isEquality {
            if value.operation == .null || value.operation == .boolean && type.followsBodyRules {
                return (.neverEqual, "\(spelled(constant)) has no order", nil)
            }
            if value.operation == .text, !type.followsBodyRules, text(value).withUnsafeBufferPointer(parseInteger) == nil {
                return (.neverEqual, "< <= > >= compare integers, and \(spelled(constant)) is none", nil)
            }
            if isWord(side) { return (.neverEqual, "< <= > >= compare integers, and `\(name)` is none", nil) }
            return nil
        }
        switch (type, value.operation) {
        case (.text, .integer) where isWord(side), (.text, .boolean) where isWord(side):
            return (.neverEqual, "`\(name)` is text and is never equal to \(spelled(constant))", "put quotes around it")
        case (.text, .number), (.text, .long), (.boolean, .number), (.boolean, .long), (.text, .null), (.boolean, .null),
            (.integer, .null):
            return (.neverEqual, "`\(name)` is never equal to \(spelled(constant)): the kinds differ", nil)
        case (.boolean, .text): return booleanComplaint(name, text(value), constant)
        case (.boolean, .integer) where value.bits > 1:
            return (.neverEqual, "`\(name)` is true or false and is never equal to \(spelled(constant))", nil)
        case (.integer, .text):
            guard text(value).withUnsafeBufferPointer(parseInteger).map({ Array(String($0).utf8) }) != text(value) else { return nil }
            return (.neverEqual, "`\(name)` is an integer and is never equal to \(spelled(constant))", nil)
        case (.attribute, .text) where instruction(side).operation == .attribute:
            guard text(value).withUnsafeBufferPointer(parseInteger) == nil else { return nil }
            return (.neverEqual, "`\(name)` is an integer and is never equal to \(spelled(constant))", nil)
        case (.text, .text): return versionComplaint(comparison, side, text(value))
        default: return nil
        }
    }

    private func booleanComplaint(_ name: String, _ text: [UInt8], _ constant: Expression) -> Complaint? {
        let string = String(decoding: text, as: UTF8.self)
        if string == "true" || string == "false" { return nil }
        if string.lowercased() == "true" || string.lowercased() == "false" {
            return (.caseMismatch, "as text, `\(name)` is 'true' or 'false' in lower case", "write \(string.lowercased())")
        }
        return (.neverEqual, "`\(name)` is true or false and is never equal to \(spelled(constant))", nil)
    }

    private func versionComplaint(_ comparison: ComparisonOperator, _ side: Expression, _ text: [UInt8]) -> Complaint? {
        guard case .attribute(.context(.specversion)) = side.kind, text != Array("1.0".utf8) else { return nil }
        return (comparison == .equal ? .alwaysFalse : .alwaysTrue, "specversion is always '1.0'", nil)
    }

    /// An attribute whose text is never an integer, `true` or `false`.
    private func isWord(_ expression: Expression) -> Bool {
        guard case .attribute(.context(let attribute)) = expression.kind else { return false }
        switch attribute {
        case .type, .time, .datacontenttype, .dataschema, .sequencetype, .traceparent, .specversion: return true
        case .id, .source, .subject, .sequence: return false
        }
    }

    private func text(_ instruction: Instruction) -> [UInt8] {
        guard instruction.operation == .text else { return [] }
        return Array(filter.program.literals[Int(instruction.a)..<Int(instruction.a + instruction.b)])
    }

    // MARK: Types of notifications

    mutating func checkTypeName(_ side: Expression, _ constant: Expression) {
        guard !context.types.isEmpty, case .attribute(.context(.type)) = side.kind, instruction(constant).operation == .text
        else { return }
        let name = String(decoding: text(instruction(constant)), as: UTF8.self)
        if context.types.contains(name) { return }
        if let same = context.types.first(where: { $0.lowercased() == name.lowercased() }) {
            add(.caseMismatch, .error, constant.range, "types are compared with their case", "write '\(same)'")
        } else {
            let nearest = nearestName(to: name, among: context.types)
            add(
                .unknownType, .warning, constant.range, "no notification has the type '\(name)'",
                nearest.map { "did you mean '\($0)'?" })
        }
    }

    /// LIKE, STARTS_WITH and the like on `type`: tried on every known type.
    mutating func checkTypePredicate(_ operand: Expression, _ whole: Expression) {
        guard !context.types.isEmpty, case .attribute(.context(.type)) = operand.kind else { return }
        guard whole.children.dropFirst().allSatisfy({ instruction($0).isConstant }) else { return }
        let node = filter.nodes[whole.id]
        let isEverTrue = context.types.contains { type in
            var notification = Notification.blank
            notification.type = type
            return filter.program.withEvaluator(notification) { $0.matches(node, notification) }
        }
        if !isEverTrue {
            add(.unknownType, .warning, whole.range, "no notification has a type for which `\(spelled(whole))` is true")
        }
    }
}
