/// Walks over JSON text (RFC 8259) byte by byte and holds it to the grammar. Makes no values of
/// what it passes, so that a body costs about a nanosecond a byte to check.
struct JSONScanner {
    /// Arrays and objects inside one another. No event needs more, and each level costs stack.
    static let maximumDepth = 128

    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var index: Int
    private let end: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>? = nil) {
        self.bytes = bytes
        let range = range ?? 0..<bytes.count
        index = range.lowerBound
        end = range.upperBound
    }

    /// Throws unless `bytes` is exactly one JSON text.
    static func validate(_ bytes: ArraySlice<UInt8>) throws(JSONError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            var scanner = JSONScanner(buffer)
            try scanner.skipValue()
            try scanner.finish()
        }
    }

    func failure(_ problem: JSONError.Problem) -> JSONError {
        JSONError(problem, at: index)
    }

    /// Throws where more than white space is left.
    mutating func finish() throws(JSONError) {
        skipWhitespace()
        if index < end { throw failure(.trailingBytes) }
    }

    mutating func skipWhitespace() {
        while index < end {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    /// The first byte of the next value or sign, after white space.
    mutating func peek() throws(JSONError) -> UInt8 {
        skipWhitespace()
        guard index < end else { throw failure(index == 0 ? .empty : .unexpectedEnd) }
        return bytes[index]
    }

    mutating func skip(_ byte: UInt8) throws(JSONError) {
        guard try peek() == byte else { throw failure(.unexpectedByte) }
        index += 1
    }

    /// Moves past `byte` if it comes next.
    mutating func skipIfPresent(_ byte: UInt8) throws(JSONError) -> Bool {
        guard try peek() == byte else { return false }
        index += 1
        return true
    }

    // MARK: Values

    /// Moves past one value and returns where it stands.
    @discardableResult
    mutating func skipValue(depth: Int = 0) throws(JSONError) -> Range<Int> {
        let first = try peek()
        let start = index
        switch first {
        case UInt8(ascii: "{"):
            try skipObject(depth: depth) { (_, scanner) throws(JSONError) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try skipArray(depth: depth) { (scanner) throws(JSONError) in try scanner.skipValue(depth: depth + 1) }
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: try skipNumber()
        }
        return start..<index
    }

    /// Moves past an object. `member` is called after each name and has to move past the value;
    /// it gets the range of the name with its quotation marks.
    mutating func skipObject(
        depth: Int, _ member: (Range<Int>, inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard depth < Self.maximumDepth else { throw failure(.tooDeep) }
        try skip(UInt8(ascii: "{"))
        if try skipIfPresent(UInt8(ascii: "}")) { return }
        repeat {
            guard try peek() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            let start = index
            try skipString()
            let name = start..<index
            try skip(UInt8(ascii: ":"))
            try member(name, &self)
        } while try skipIfPresent(UInt8(ascii: ","))
        try skip(UInt8(ascii: "}"))
    }

    /// Moves past an array. `element` has to move past each value.
    mutating func skipArray(
        depth: Int, _ element: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard depth < Self.maximumDepth else { throw failure(.tooDeep) }
        try skip(UInt8(ascii: "["))
        if try skipIfPresent(UInt8(ascii: "]")) { return }
        repeat {
            try element(&self)
        } while try skipIfPresent(UInt8(ascii: ","))
        try skip(UInt8(ascii: "]"))
    }

    private mutating func skipWord(_ word: StaticString) throws(JSONError) {
        guard end - index >= word.utf8CodeUnitCount else { throw failure(.unexpectedEnd) }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] {
            throw failure(.unexpectedByte)
        }
        index += word.utf8CodeUnitCount
    }

    // MARK: Strings

    private mutating func skipString() throws(JSONError) {
        index += 1
        let start = index
        var isASCII = true
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                if !isASCII { try checkUTF8(start..<index) }
                index += 1
                return
            }
            if byte < 0x20 { throw failure(.controlCharacter) }
            if byte == UInt8(ascii: "\\") {
                try skipEscape()
            } else {
                if byte >= 0x80 { isASCII = false }
                index += 1
            }
        }
        throw failure(.unexpectedEnd)
    }

    private func checkUTF8(_ range: Range<Int>) throws(JSONError) {
        guard String(validating: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) != nil else {
            throw JSONError(.invalidUTF8, at: range.lowerBound)
        }
    }

    private mutating func skipEscape() throws(JSONError) {
        guard index + 1 < end else { throw failure(.unexpectedEnd) }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        case UInt8(ascii: "u"):
            guard index + 5 < end, hexadecimal(at: index + 2) != nil else { throw failure(.badEscape) }
            index += 6
        default:
            throw failure(.badEscape)
        }
    }

    /// The number that four hexadecimal digits write.
    private func hexadecimal(at start: Int) -> UInt16? {
        var value: UInt16 = 0
        for offset in 0..<4 {
            guard let digit = PercentEncoding.hexadecimal(bytes[start + offset]) else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    /// The text of a string that was passed already, quotation marks included in `range`.
    /// Half of a surrogate pair, which no text can hold, becomes U+FFFD.
    func text(_ range: Range<Int>) -> String {
        let inner = range.lowerBound + 1..<range.upperBound - 1
        let raw = UnsafeBufferPointer(rebasing: bytes[inner])
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var units: [UInt8] = []
        units.reserveCapacity(raw.count)
        var position = inner.lowerBound
        while position < inner.upperBound {
            guard bytes[position] == UInt8(ascii: "\\") else {
                units.append(bytes[position])
                position += 1
                continue
            }
            position = appendEscape(at: position, to: &units)
        }
        return String(decoding: units, as: UTF8.self)
    }

    private func appendEscape(at start: Int, to units: inout [UInt8]) -> Int {
        switch bytes[start + 1] {
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            var pair = [hexadecimal(at: start + 2) ?? 0xFFFD]
            var next = start + 6
            if UTF16.isLeadSurrogate(pair[0]), next + 5 < end, bytes[next] == UInt8(ascii: "\\"),
                bytes[next + 1] == UInt8(ascii: "u"), let second = hexadecimal(at: next + 2),
                UTF16.isTrailSurrogate(second)
            {
                pair.append(second)
                next += 6
            }
            units += String(decoding: pair, as: UTF16.self).utf8
            return next
        default: units.append(bytes[start + 1])
        }
        return start + 2
    }

    // MARK: Numbers

    private mutating func skipNumber() throws(JSONError) {
        let start = index
        func malformed() -> JSONError { JSONError(index < end ? .badNumber : .unexpectedEnd, at: start) }
        if index < end, bytes[index] == UInt8(ascii: "-") { index += 1 }
        guard index < end, isDigit(bytes[index]) else {
            throw index == start ? failure(.unexpectedByte) : malformed()
        }
        if bytes[index] == UInt8(ascii: "0") { index += 1 } else { skipDigits() }
        if index < end, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard index < end, isDigit(bytes[index]) else { throw malformed() }
            skipDigits()
        }
        var hasExponent = false
        if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
            hasExponent = true
            index += 1
            if index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
            guard index < end, isDigit(bytes[index]) else { throw malformed() }
            skipDigits()
        }
        // A double holds every number of up to 308 digits.
        guard hasExponent || index - start > 308 else { return }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
        guard let number = Double(text), number.isFinite else { throw JSONError(.numberTooLarge, at: start) }
    }

    private mutating func skipDigits() {
        while index < end, isDigit(bytes[index]) { index += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
