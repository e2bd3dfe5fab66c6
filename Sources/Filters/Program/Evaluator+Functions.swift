import Notifications

extension Evaluator {
    mutating func call(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let arguments = UnsafeBufferPointer(start: lists + Int(instruction.b), count: Int(instruction.c))
        guard let function = BuiltinFunction(rawValue: instruction.flag) else { return .absent }
        switch function {
        case .startsWith, .endsWith, .contains: return predicate(function, arguments, notification)
        case .concat, .concatWS: return concat(node, function, arguments, notification)
        case .abs: return abs(node, arguments[0], notification)
        case .int:
            let value = self.value(arguments[0], notification)
            if value.kind == .missing { return .integer(0) }
            return cast(integerOf: value, arguments[0], notification, isExplicit: true)
        case .bool: return bool(arguments[0], notification)
        case .string:
            let value = self.value(arguments[0], notification)
            if value.kind == .missing { return built("") }
            return cast(textOf: value, arguments[0], notification, isExplicit: true)
        case .length, .lower, .upper, .trim, .left, .right, .substring:
            let text = self.text(arguments[0], notification)
            if text.kind == .missing { return function == .length ? .integer(0) : built("") }
            guard text.isText else { return .absent }
            return textFunction(function, text, node, arguments, notification)
        }
    }

    private mutating func textFunction(
        _ function: BuiltinFunction, _ text: Value, _ node: Int32, _ arguments: UnsafeBufferPointer<Int32>,
        _ notification: Notification
    ) -> Value {
        switch function {
        case .length: return .integer(Int32(truncatingIfNeeded: withBytes(text, notification, scalarCount)))
        case .lower: return changeCase(text, node, notification, isUpper: false)
        case .upper: return changeCase(text, node, notification, isUpper: true)
        case .trim:
            let range = withBytes(text, notification, trimmedRange)
            return text.slice(from: range.lowerBound, count: range.count)
        case .left, .right: return end(text, node, arguments[1], notification, isLeft: function == .left)
        default: return substring(text, node, arguments, notification)
        }
    }

    // MARK: Predicates

    private mutating func predicate(
        _ function: BuiltinFunction, _ arguments: UnsafeBufferPointer<Int32>, _ notification: Notification
    ) -> Value {
        let subject = value(arguments[0], notification)
        let part = text(arguments[1], notification)
        guard part.isText else { return .boolean(false) }
        if subject.kind == .many {
            return .boolean(any(subject) { $0.isText && holds(function, $0, part, notification) })
        }
        let text = subject.isText ? subject : cast(textOf: subject, arguments[0], notification, isExplicit: false)
        guard text.isText else { return .boolean(false) }
        return .boolean(holds(function, text, part, notification))
    }

    private func holds(_ function: BuiltinFunction, _ text: Value, _ part: Value, _ notification: Notification) -> Bool {
        withBytes(part, notification) { part in
            withBytes(text, notification) { text in
                switch function {
                case .startsWith: hasBytes(text, at: 0, part)
                case .endsWith: text.count >= part.count && hasBytes(text, at: text.count - part.count, part)
                default: firstPlace(of: part, in: text) != nil
                }
            }
        }
    }

    // MARK: Casts and numbers

    private mutating func bool(_ argument: Int32, _ notification: Notification) -> Value {
        let value = self.value(argument, notification)
        switch value.kind {
        case .missing: return .boolean(false)
        case .absent, .boolean: return value
        case .integer, .long: return .boolean(value.whole != 0)
        case .double: return .boolean(value.double != 0)
        case _ where value.isText:
            if let known = withBytes(value, notification, parseBoolean) { return .boolean(known) }
        default: break
        }
        note(.cast, argument)
        return .boolean(false)
    }

    private mutating func abs(_ node: Int32, _ argument: Int32, _ notification: Notification) -> Value {
        let value = integer(argument, notification)
        if value.kind == .missing { return .integer(0) }
        guard value.kind == .integer else { return .absent }
        guard let result = Int32(exactly: Swift.abs(value.whole)) else {
            note(.math, node)
            return .integer(.max)
        }
        return .integer(result)
    }

    // MARK: Text

    private mutating func concat(
        _ node: Int32, _ function: BuiltinFunction, _ arguments: UnsafeBufferPointer<Int32>, _ notification: Notification
    ) -> Value {
        var parts: [Value] = []
        var isMissing = false
        for argument in arguments {
            let part = text(argument, notification)
            if part.kind == .absent { return .absent }
            isMissing = isMissing || part.kind == .missing
            parts.append(part)
        }
        if isMissing { return built("") }
        let separator = function == .concatWS ? parts.removeFirst() : nil
        let length = parts.reduce(0) { $0 + $1.count } + (separator?.count ?? 0) * max(parts.count - 1, 0)
        guard length <= FilterLimits.builtTextBytes else {
            note(.functionEvaluation, node)
            return built("")
        }
        let offset = scratch.count
        for (index, part) in parts.enumerated() {
            if index > 0, let separator { append(separator, notification) }
            append(part, notification)
        }
        return .text(.scratchText, offset: offset, count: scratch.count - offset)
    }

    private mutating func changeCase(
        _ text: Value, _ node: Int32, _ notification: Notification, isUpper: Bool
    ) -> Value {
        guard text.count <= FilterLimits.builtTextBytes else {
            note(.functionEvaluation, node)
            return built("")
        }
        let string = self.string(of: text, notification)
        return built(isUpper ? string.uppercased() : string.lowercased())
    }

    private mutating func end(
        _ text: Value, _ node: Int32, _ lengthNode: Int32, _ notification: Notification, isLeft: Bool
    ) -> Value {
        let length = integer(lengthNode, notification)
        if length.kind == .missing { return built("") }
        guard length.kind == .integer else { return .absent }
        guard length.whole >= 0 else {
            note(.functionEvaluation, node)
            return text
        }
        let total = withBytes(text, notification, scalarCount)
        let wanted = min(Int(length.whole), total)
        let start = isLeft ? 0 : total - wanted
        return slice(text, scalars: start..<start + wanted, notification)
    }

    private mutating func substring(
        _ text: Value, _ node: Int32, _ arguments: UnsafeBufferPointer<Int32>, _ notification: Notification
    ) -> Value {
        let position = integer(arguments[1], notification)
        let length = arguments.count > 2 ? integer(arguments[2], notification) : Value.integer(.max)
        if position.kind == .missing || length.kind == .missing { return built("") }
        guard position.kind == .integer, length.kind == .integer else { return .absent }
        let total = withBytes(text, notification, scalarCount)
        let place = Int(position.whole)
        guard place <= total, place >= -total, length.whole >= 0 else {
            note(.functionEvaluation, node)
            return built("")
        }
        if place == 0 { return text.slice(from: 0, count: 0) }
        let start = place > 0 ? place - 1 : total + place
        return slice(text, scalars: start..<min(total, start + Int(length.whole)), notification)
    }

    private func slice(_ text: Value, scalars: Range<Int>, _ notification: Notification) -> Value {
        withBytes(text, notification) { bytes in
            let start = offset(ofScalar: scalars.lowerBound, in: bytes, from: 0)
            let end = offset(ofScalar: scalars.count, in: bytes, from: start)
            return text.slice(from: start, count: end - start)
        }
    }

    private func offset(ofScalar number: Int, in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        for _ in 0..<number {
            index += 1
            while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
        }
        return index
    }
}

/// Characters are Unicode scalars.
private func scalarCount(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    bytes.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
}

/// Without White_Space at either end.
private func trimmedRange(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int> {
    var start = 0
    while start < bytes.count {
        let length = whiteSpaceLength(bytes, at: start)
        if length == 0 { break }
        start += length
    }
    var end = bytes.count
    while end > start {
        var lead = end - 1
        while lead > start, bytes[lead] & 0xC0 == 0x80 { lead -= 1 }
        if whiteSpaceLength(bytes, at: lead) != end - lead { break }
        end = lead
    }
    return start..<end
}

/// Bytes of the white space character at a place, or 0.
private func whiteSpaceLength(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
    func following(_ offset: Int) -> UInt8 { place + offset < bytes.count ? bytes[place + offset] : 0 }
    switch (bytes[place], following(1), following(2)) {
    case (0x09...0x0D, _, _), (0x20, _, _): return 1
    case (0xC2, 0x85, _), (0xC2, 0xA0, _): return 2
    case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8), (0xE2, 0x80, 0xA9), (0xE2, 0x80, 0xAF),
        (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
        return 3
    default: return 0
    }
}
