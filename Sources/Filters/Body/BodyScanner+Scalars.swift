/// A string as it stands in the body, without its quotes.
struct JSONString {
    var start: Int
    var end: Int
    var hasEscapes: Bool
}

extension BodyScanner {
    // MARK: Strings

    /// Expects a string at ``position`` and moves behind it.
    mutating func string() -> JSONString? {
        guard position < count else { return none(.unexpectedEnd) }
        guard bytes[position] == UInt8(ascii: "\"") else { return none(.unexpectedByte) }
        position += 1
        let start = position
        var hasEscapes = false
        var isASCII = true
        while true {
            position = plainEnd(from: position)
            guard position < count else { return none(.unexpectedEnd) }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                guard escape() else { return nil }
            } else if byte < 0x20 {
                return none(.badString)
            } else {
                isASCII = false
                position += 1
            }
        }
        let end = position
        position += 1
        if !isASCII, !isUTF8(UnsafeBufferPointer(start: bytes + start, count: end - start)) {
            position = start
            return none(.notUTF8)
        }
        return JSONString(start: start, end: end, hasEscapes: hasEscapes)
    }

    private mutating func none<T>(_ reason: BodyFault.Reason) -> T? {
        _ = fail(reason)
        return nil
    }

    /// The next byte that is a quote, a backslash, a control or not ASCII; eight bytes at a time.
    @inline(__always)
    private func plainEnd(from start: Int) -> Int {
        var index = start
        let raw = UnsafeRawPointer(bytes)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while index + 8 <= count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let hits =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word) & highs
            if hits != 0 { return index + hits.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < count {
            let byte = bytes[index]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { break }
            index += 1
        }
        return index
    }

    private mutating func escape() -> Bool {
        guard position + 1 < count else { return fail(.unexpectedEnd) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
            return true
        case UInt8(ascii: "u"):
            guard position + 5 < count else { return fail(.unexpectedEnd) }
            for digit in 2..<6 where hexValue(bytes[position + digit]) == nil { return fail(.badString) }
            position += 6
            return true
        default: return fail(.badString)
        }
    }

    mutating func text(_ string: JSONString) -> Value {
        if string.hasEscapes { return unescape(string) }
        return .text(.bodyText, offset: string.start, count: string.end - string.start)
    }

    /// Appends the string's meaning to ``scratch``.
    mutating func unescape(_ string: JSONString) -> Value {
        let offset = scratch.count
        var index = string.start
        while index < string.end {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                scratch.append(byte)
                index += 1
                continue
            }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "b"): scratch.append(0x08)
            case UInt8(ascii: "f"): scratch.append(0x0C)
            case UInt8(ascii: "n"): scratch.append(0x0A)
            case UInt8(ascii: "r"): scratch.append(0x0D)
            case UInt8(ascii: "t"): scratch.append(0x09)
            case UInt8(ascii: "u"):
                var unit = hexUnit(index)
                index += 4
                if unit & 0xFC00 == 0xD800, index + 6 <= string.end, bytes[index] == UInt8(ascii: "\\"),
                    bytes[index + 1] == UInt8(ascii: "u"), hexUnit(index + 2) & 0xFC00 == 0xDC00 {
                    unit = 0x10000 + (unit & 0x3FF) << 10 + hexUnit(index + 2) & 0x3FF
                    index += 6
                }
                scratch.append(contentsOf: String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
            default: scratch.append(bytes[index - 1])
            }
        }
        return .text(.scratchText, offset: offset, count: scratch.count - offset)
    }

    private func hexUnit(_ index: Int) -> UInt32 {
        (0..<4).reduce(UInt32(0)) { $0 << 4 | UInt32(hexValue(bytes[index + $1]) ?? 0) }
    }

    private func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - 0x30 }
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : nil
    }

    // MARK: Numbers and words

    mutating func scalar() -> Value? {
        switch bytes[position] {
        case UInt8(ascii: "t"): return word("true", .boolean(true))
        case UInt8(ascii: "f"): return word("false", .boolean(false))
        case UInt8(ascii: "n"): return word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
        default: return none(.unexpectedByte)
        }
    }

    private mutating func word(_ word: StaticString, _ value: Value) -> Value? {
        let length = word.utf8CodeUnitCount
        guard count - position >= length else { return none(.unexpectedEnd) }
        for index in 0..<length where bytes[position + index] != word.utf8Start[index] { return none(.unexpectedByte) }
        position += length
        return value
    }

    private mutating func number() -> Value? {
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var mantissa: UInt64 = 0
        let integerStart = position
        while position < count, isDigit(bytes[position]) {
            mantissa = mantissa &* 10 &+ UInt64(bytes[position] - 0x30)
            position += 1
        }
        let integerDigits = position - integerStart
        guard integerDigits > 0, integerDigits == 1 || bytes[integerStart] != UInt8(ascii: "0") else { return none(.badNumber) }
        var fractionDigits = 0
        var exponent = 0
        var isWhole = true
        if position < count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            let fractionStart = position
            while position < count, isDigit(bytes[position]) {
                mantissa = mantissa &* 10 &+ UInt64(bytes[position] - 0x30)
                position += 1
            }
            fractionDigits = position - fractionStart
            guard fractionDigits > 0 else { return none(.badNumber) }
        }
        if position < count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            guard let read = readExponent() else { return nil }
            exponent = read
        }
        // 18 digits cannot overflow the mantissa.
        let isShort = integerDigits + fractionDigits <= 18
        if isWhole, isShort { return .long(isNegative ? -Int64(mantissa) : Int64(mantissa)) }
        let shift = exponent - fractionDigits
        if isShort, mantissa <= 1 << 53, shift >= -22, shift <= 22 {
            // Both operands are exact, so the one rounding is right.
            let power = powersOfTen[abs(shift)]
            let value = shift < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return .double(isNegative ? -value : value)
        }
        let text = String(decoding: UnsafeBufferPointer(start: bytes + start, count: position - start), as: UTF8.self)
        if isWhole, let whole = Int64(text) { return .long(whole) }
        guard let value = Double(text) else { return none(.badNumber) }
        return .double(value)
    }

    private mutating func readExponent() -> Int? {
        position += 1
        var isNegative = false
        if position < count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        let start = position
        var exponent = 0
        while position < count, isDigit(bytes[position]) {
            exponent = min(exponent * 10 + Int(bytes[position] - 0x30), 1_000_000)
            position += 1
        }
        guard position > start else { return none(.badNumber) }
        return isNegative ? -exponent : exponent
    }
}

/// 10^0 … 10^22: the powers of ten that a Double holds exactly.
private let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
