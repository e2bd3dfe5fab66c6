import Notifications

/// `true` and `false` in any case (CESQL 3.7).
func parseBoolean(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
    func spells(_ word: StaticString) -> Bool {
        bytes.count == word.utf8CodeUnitCount && bytes.indices.allSatisfy { bytes[$0] | 0x20 == word.utf8Start[$0] }
    }
    return spells("true") ? true : spells("false") ? false : nil
}

/// A decimal 32-bit integer with an optional sign (CESQL 3.7).
func parseInteger(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
    guard let first = bytes.first else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    var index = isNegative || first == UInt8(ascii: "+") ? 1 : 0
    guard index < bytes.count else { return nil }
    var value: Int64 = 0
    while index < bytes.count {
        guard isDigit(bytes[index]) else { return nil }
        value = value * 10 + Int64(bytes[index] - 0x30)
        guard value <= 2_147_483_648 else { return nil }
        index += 1
    }
    return Int32(exactly: isNegative ? -value : value)
}

extension Evaluator {
    /// Either an Integer, or `missing`, or `absent`. A failed cast is noted and gives 0.
    mutating func integer(_ node: Int32, _ notification: Notification) -> Value {
        let value = self.value(node, notification)
        if value.kind == .integer || value.kind == .missing { return value }
        return cast(integerOf: value, node, notification, isExplicit: false)
    }

    mutating func cast(
        integerOf value: Value, _ node: Int32, _ notification: Notification, isExplicit: Bool
    ) -> Value {
        let isBody = type(node).followsBodyRules && !isExplicit
        switch value.kind {
        case .integer, .missing, .absent: return value
        case .long where value.whole == Int64(Int32(truncatingIfNeeded: value.whole)):
            return .integer(Int32(truncatingIfNeeded: value.whole))
        case .double:
            if isExplicit ? value.double.magnitude < 2_147_483_648 : Int32(exactly: value.double) != nil {
                return .integer(Int32(value.double))
            }
        case .boolean where !isBody: return .integer(value.isTrue ? 1 : 0)
        case _ where value.isText && !isBody:
            if let number = withBytes(value, notification, parseInteger) { return .integer(number) }
        default: break
        }
        if isBody { return .absent }
        note(.cast, node)
        return .integer(0)
    }

    /// Either a text, or `missing`, or `absent`.
    mutating func text(_ node: Int32, _ notification: Notification) -> Value {
        let value = self.value(node, notification)
        if value.isText || value.kind == .missing { return value }
        return cast(textOf: value, node, notification, isExplicit: false)
    }

    mutating func cast(textOf value: Value, _ node: Int32, _ notification: Notification, isExplicit: Bool) -> Value {
        if value.isText || value.kind == .missing || value.kind == .absent { return value }
        if type(node).followsBodyRules, !isExplicit { return .absent }
        switch value.kind {
        case .boolean: return built(value.isTrue ? "true" : "false")
        case .integer, .long: return digits(value.whole)
        case .double: return built(value.double.description)
        default:
            note(.cast, node)
            return built("")
        }
    }
}
