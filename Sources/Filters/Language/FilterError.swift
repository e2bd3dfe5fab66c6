/// Why a text is no filter: where, what was expected, what was found, and what may have been meant.
public struct FilterError: Error, Sendable, Hashable {
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case empty
        case tooLong
        case tooDeep
        case invalidUTF8
        case unexpectedCharacter
        case unterminatedString
        case unexpectedToken
        case integerOutOfRange
        case numberOutOfRange
        case invalidName
        case invalidPath
        case patternNotLiteral
        case patternTooLong
        case wildcardMisplaced
        case nullMisplaced
    }

    public var reason: Reason
    public var position: SourcePosition
    /// Bytes of the text that the error is about.
    public var range: Range<Int>
    public var expected: [String]
    /// The text at ``position``, shortened.
    public var found: String
    /// The nearest known name, or another remedy.
    public var suggestion: String?

    init(
        _ reason: Reason, at range: Range<Int>, in text: [UInt8],
        expected: [String] = [], found: String? = nil, suggestion: String? = nil
    ) {
        self.reason = reason
        self.position = SourcePosition(offset: range.lowerBound, in: text)
        self.range = range
        self.expected = expected
        self.found = found ?? excerpt(range, of: text)
        self.suggestion = suggestion
    }
}

/// At most 40 bytes of a range, cut at a whole Unicode scalar.
func excerpt(_ range: Range<Int>, of text: [UInt8], limit: Int = 40) -> String {
    guard range.lowerBound < text.count else { return "the end of the filter" }
    var upper = min(range.upperBound, text.count)
    guard upper - range.lowerBound > limit else { return String(decoding: text[range.lowerBound..<upper], as: UTF8.self) }
    upper = range.lowerBound + limit
    while upper > range.lowerBound, text[upper] & 0xC0 == 0x80 { upper -= 1 }
    return String(decoding: text[range.lowerBound..<upper], as: UTF8.self) + "…"
}

extension FilterError: CustomStringConvertible {
    public var description: String {
        var text = "\(position): \(summary)"
        if !expected.isEmpty { text += "; expected \(expected.joined(separator: ", "))" }
        if let suggestion { text += "; \(suggestion)" }
        return text
    }

    private var summary: String {
        switch reason {
        case .empty: "the filter is empty"
        case .tooLong: "the filter is longer than \(FilterLimits.textBytes) bytes (\(found))"
        case .tooDeep: "nested deeper than \(FilterLimits.depth) levels"
        case .invalidUTF8: "not UTF-8 at byte \(position.offset)"
        case .unexpectedCharacter, .unexpectedToken: "unexpected \(quoted)"
        case .unterminatedString: "the string \(quoted) has no end"
        case .integerOutOfRange: "the integer \(quoted) is outside -2147483648…2147483647"
        case .numberOutOfRange: "the number \(quoted) is out of range"
        case .invalidName: "\(quoted) is no attribute name"
        case .invalidPath: "\(quoted) is no path"
        case .patternNotLiteral: "the pattern of LIKE must be a string literal, not \(quoted)"
        case .patternTooLong: "a run of a LIKE pattern with '_' is longer than \(FilterLimits.wildcardRunBytes) bytes"
        case .wildcardMisplaced: "\(quoted) stands for several values and cannot be used here"
        case .nullMisplaced: "null can only be compared with = and !="
        }
    }

    private var quoted: String {
        found == "the end of the filter" ? found : "`\(found)`"
    }
}
