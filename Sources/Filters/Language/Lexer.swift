/// Text → tokens. Works on bytes; the caller has checked that they are UTF-8.
struct Lexer {
    private let text: [UInt8]
    private var position = 0
    private var tokens: [Token] = []
    /// Set where the last token is a ``Token/Kind/fault``.
    private(set) var fault: FilterError?

    init(_ text: [UInt8]) {
        self.text = text
    }

    mutating func run() -> [Token] {
        do {
            while try next() {}
        } catch {
            fault = error
            tokens.append(Token(kind: .fault, range: error.range))
        }
        return tokens
    }

    /// `5 -3` and `5-3` subtract: a sign belongs to the number only where no operand stands before
    /// it. (The CESQL grammar reads the second as two literals, which no expression can hold.)
    private var followsOperand: Bool {
        switch tokens.last?.kind {
        case .integer, .number, .text, .word, .path, .close: true
        case .keyword(let keyword): keyword == .true || keyword == .false || keyword == .null
        default: false
        }
    }

    private mutating func next() throws(FilterError) -> Bool {
        while position < text.count, isBlank(text[position]) { position += 1 }
        let start = position
        guard position < text.count else {
            tokens.append(Token(kind: .end, range: start..<start))
            return false
        }
        let byte = text[position]
        let kind: Token.Kind
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): kind = .text(try string(quote: byte))
        case UInt8(ascii: "$"): kind = try dollar()
        case UInt8(ascii: "0")...UInt8(ascii: "9"): kind = try numberOrWord()
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            if !followsOperand, position + 1 < text.count, isDigit(text[position + 1]), !isWordAfterSign() {
                kind = try numberOrWord()
            } else {
                position += 1
                kind = byte == UInt8(ascii: "+") ? .plus : .minus
            }
        case _ where isLetter(byte) || byte == UInt8(ascii: "_"): kind = try word()
        default: kind = try symbol(byte)
        }
        tokens.append(Token(kind: kind, range: start..<position))
        return true
    }

    /// `-5x`: a minus before the attribute `5x`.
    private func isWordAfterSign() -> Bool {
        var end = position + 1
        while end < text.count, isDigit(text[end]) { end += 1 }
        return end < text.count && (isLetter(text[end]) || text[end] == UInt8(ascii: "_"))
    }

    // MARK: Words

    private mutating func word() throws(FilterError) -> Token.Kind {
        let start = position
        while position < text.count, isWordByte(text[position]) { position += 1 }
        let spelled = String(decoding: text[start..<position], as: UTF8.self)
        if position < text.count, text[position] == UInt8(ascii: ".") {
            var end = position
            while end < text.count, isWordByte(text[end]) || text[end] == UInt8(ascii: ".") { end += 1 }
            throw error(
                .unexpectedCharacter, position..<position + 1, expected: ["an operator"],
                suggestion: "fields of the body are written $body.\(String(decoding: text[start..<end], as: UTF8.self).dropFirst(spelled.lowercased() == "body" ? 5 : 0))")
        }
        if let keyword = Token.Keyword(rawValue: spelled.lowercased()) { return .keyword(keyword) }
        return .word(spelled)
    }

    // MARK: Numbers

    /// `12`, `-12`, `1.5`, `1.5e3`; digits and letters together (`5x`, `1e5`) are a name in CESQL.
    private mutating func numberOrWord() throws(FilterError) -> Token.Kind {
        let start = position
        if !isDigit(text[position]) { position += 1 }
        while position < text.count, isDigit(text[position]) { position += 1 }
        if position + 1 < text.count, text[position] == UInt8(ascii: "."), isDigit(text[position + 1]) {
            return try fraction(from: start)
        }
        if position < text.count, isWordByte(text[position]) { return try word(from: start) }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        guard let value = Int64(digits) else {
            throw error(.integerOutOfRange, start..<position, suggestion: "write \(digits.prefix(20)).0 for a number of a body")
        }
        return .integer(value)
    }

    private mutating func word(from start: Int) throws(FilterError) -> Token.Kind {
        let kind = try word()
        guard case .word = kind else { return kind }
        return .word(String(decoding: text[start..<position], as: UTF8.self))
    }

    private mutating func fraction(from start: Int) throws(FilterError) -> Token.Kind {
        position += 1
        while position < text.count, isDigit(text[position]) { position += 1 }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            var end = position + 1
            if end < text.count, text[end] == UInt8(ascii: "+") || text[end] == UInt8(ascii: "-") { end += 1 }
            let exponent = end
            while end < text.count, isDigit(text[end]) { end += 1 }
            if end > exponent { position = end }
        }
        if position < text.count, isWordByte(text[position]) || text[position] == UInt8(ascii: ".") {
            throw error(.unexpectedCharacter, position..<position + 1, expected: ["a blank or an operator after the number"])
        }
        guard let value = Double(String(decoding: text[start..<position], as: UTF8.self)), value.isFinite else {
            throw error(.numberOutOfRange, start..<position)
        }
        return .number(value)
    }

    // MARK: Strings

    /// The own quote inside is doubled or has a backslash before it; `\\` is one backslash; any
    /// other backslash stands for itself, so that `\%` and `\_` reach LIKE.
    private mutating func string(quote: UInt8) throws(FilterError) -> [UInt8] {
        let start = position
        var value: [UInt8] = []
        position += 1
        while position < text.count {
            let byte = text[position]
            let following = position + 1 < text.count ? text[position + 1] : nil
            if byte == UInt8(ascii: "\\"), let following, following == quote || following == byte {
                value.append(following)
                position += 2
            } else if byte == quote {
                position += 1
                guard following == quote else { return value }
                value.append(quote)
                position += 1
            } else {
                value.append(byte)
                position += 1
            }
        }
        throw error(
            .unterminatedString, start..<text.count, expected: [quote == UInt8(ascii: "'") ? "'" : "\""])
    }

    // MARK: Symbols

    private mutating func symbol(_ byte: UInt8) throws(FilterError) -> Token.Kind {
        let following = position + 1 < text.count ? text[position + 1] : 0
        func take(_ count: Int, _ kind: Token.Kind) -> Token.Kind {
            position += count
            return kind
        }
        let equals = UInt8(ascii: "=")
        switch byte {
        case UInt8(ascii: "("): return take(1, .open)
        case UInt8(ascii: ")"): return take(1, .close)
        case UInt8(ascii: ","): return take(1, .comma)
        case UInt8(ascii: "*"): return take(1, .star)
        case UInt8(ascii: "/"): return take(1, .slash)
        case UInt8(ascii: "%"): return take(1, .percent)
        case equals:
            if following == equals { throw misspelled(2, as: "=") }
            return take(1, .comparison(.equal))
        case UInt8(ascii: "!"):
            if following == equals { return take(2, .comparison(.notEqual)) }
            throw misspelled(1, as: "NOT")
        case UInt8(ascii: "<"):
            if following == equals { return take(2, .comparison(.lessOrEqual)) }
            if following == UInt8(ascii: ">") { return take(2, .comparison(.notEqual)) }
            return take(1, .comparison(.less))
        case UInt8(ascii: ">"):
            if following == equals { return take(2, .comparison(.greaterOrEqual)) }
            return take(1, .comparison(.greater))
        case UInt8(ascii: "&"): throw misspelled(following == byte ? 2 : 1, as: "AND")
        case UInt8(ascii: "|"): throw misspelled(following == byte ? 2 : 1, as: "OR")
        default:
            var end = position + 1
            while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
            throw error(.unexpectedCharacter, position..<end)
        }
    }

    private func misspelled(_ length: Int, as right: String) -> FilterError {
        error(.unexpectedCharacter, position..<position + length, suggestion: "write \(right)")
    }

    // MARK: Paths

    private mutating func dollar() throws(FilterError) -> Token.Kind {
        let start = position
        position += 1
        while position < text.count, isWordByte(text[position]) { position += 1 }
        let name = String(decoding: text[start..<position], as: UTF8.self)
        var reader = PathReader(text: text, position: position, start: start)
        switch name.lowercased() {
        case "$body": return .path(try reader.read(root: .body, position: &position))
        case "$patch": return .path(try reader.read(root: .patch, position: &position))
        // The form of the preview, met in old route definitions (reference 2.3).
        case "$eventtype": return .word("type")
        default:
            let nearest = nearestName(to: name, among: ["$body", "$patch"]) ?? "$body"
            throw error(.invalidPath, start..<position, expected: ["$body", "$patch"], suggestion: "did you mean \(nearest)?")
        }
    }

    private func error(
        _ reason: FilterError.Reason, _ range: Range<Int>, expected: [String] = [], suggestion: String? = nil
    ) -> FilterError {
        FilterError(reason, at: range, in: text, expected: expected, suggestion: suggestion)
    }
}

func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
}

func isDigit(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10
}

func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26
}

func isWordByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
}
