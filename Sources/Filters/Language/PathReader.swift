/// Reads what follows `$body` or `$patch`: `.name`, `['any name']`, `[0]`, `[*]`.
struct PathReader {
    let text: [UInt8]
    var position: Int
    /// Where the path begins, for errors.
    let start: Int

    mutating func read(root: BodyPath.Root, position end: inout Int) throws(FilterError) -> BodyPath {
        var path = BodyPath(root: root, steps: [])
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "."):
                position += 1
                path.steps.append(.member(try name()))
            case UInt8(ascii: "["):
                path.steps.append(try bracket(isOperation: root == .patch && path.steps.isEmpty))
            default:
                end = position
                return path
            }
            if path.steps.count > FilterLimits.pathSteps {
                throw FilterError(
                    .invalidPath, at: start..<position, in: text,
                    expected: ["at most \(FilterLimits.pathSteps) steps"])
            }
        }
        end = position
        return path
    }

    /// Member names as JSON writers use them; `-` would be a minus and needs brackets.
    private mutating func name() throws(FilterError) -> [UInt8] {
        let begin = position
        while position < text.count, isNameByte(text[position]) { position += 1 }
        guard position > begin else {
            throw FilterError(
                .invalidPath, at: start..<min(position + 1, text.count), in: text,
                expected: ["a member name after '.'"], suggestion: "other names are written ['like this']")
        }
        return Array(text[begin..<position])
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        isWordByte(byte) || byte == UInt8(ascii: "$") || byte == UInt8(ascii: "@") || byte >= 0x80
    }

    private mutating func bracket(isOperation: Bool) throws(FilterError) -> BodyPath.Step {
        let begin = position
        position += 1
        skipBlanks()
        guard position < text.count else { throw badBracket(begin) }
        let step: BodyPath.Step
        let byte = text[position]
        if byte == UInt8(ascii: "*") {
            position += 1
            step = .any
        } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
            let value = try quoted(byte)
            step = isOperation ? .operation(value) : .member(value)
        } else if isDigit(byte) {
            let digits = position
            while position < text.count, isDigit(text[position]) { position += 1 }
            guard let index = Int32(String(decoding: text[digits..<position], as: UTF8.self)) else {
                throw FilterError(.integerOutOfRange, at: digits..<position, in: text)
            }
            step = .index(index)
        } else {
            throw badBracket(begin)
        }
        skipBlanks()
        guard position < text.count, text[position] == UInt8(ascii: "]") else { throw badBracket(begin) }
        position += 1
        return step
    }

    private mutating func quoted(_ quote: UInt8) throws(FilterError) -> [UInt8] {
        let begin = position
        var value: [UInt8] = []
        position += 1
        while position < text.count {
            let byte = text[position]
            let following = position + 1 < text.count ? text[position + 1] : 0
            if byte == UInt8(ascii: "\\"), following == quote || following == byte {
                value.append(following)
                position += 2
            } else if byte == quote, following == quote {
                value.append(quote)
                position += 2
            } else if byte == quote {
                position += 1
                return value
            } else {
                value.append(byte)
                position += 1
            }
        }
        throw FilterError(.unterminatedString, at: begin..<text.count, in: text)
    }

    private mutating func skipBlanks() {
        while position < text.count, isBlank(text[position]) { position += 1 }
    }

    private func badBracket(_ begin: Int) -> FilterError {
        FilterError(
            .invalidPath, at: begin..<min(position + 1, text.count), in: text,
            expected: ["[0], [*] or ['name']"])
    }
}
