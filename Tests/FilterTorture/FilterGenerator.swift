import TestSupport

/// Random filters: well-formed ones, soups of tokens, and mutations of both.
public struct FilterGenerator {
    var random: SplitMix64

    public init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private static let attributes = ["id", "source", "type", "subject", "time", "sequence", "specversion", "plant", "shift", "night", "missing", "5x"]
    private static let paths = [
        "$body", "$body.a", "$body.a.b", "$body.s", "$body['odd name']", "$body.items[0]", "$body.items[*]", "$body.items[*].v",
        "$body[0]", "$body[*]", "$body[*][0]", "$body[0][*]", "$patch['/t'].value", "$patch[*].op", "$patch[0].value", "$body.flag", "$body.é",
    ]
    private static let literals = [
        "0", "1", "-1", "5", "2147483647", "-2147483648", "2147483648", "1.5", "-0.0", "1.5e3", "true", "FALSE", "null", "'a'", "''",
        "'abc'", "\"it's\"", "'12'", "'true'", "'é😀'", "'a''b'", "'\\\\'", "'north'", "'1.0'",
    ]
    private static let patterns = ["'%'", "'a%'", "'%a'", "'%a%b%'", "'_'", "'_%_'", "'\\%'", "''", "'a_c'", "'%é_'", "'no%th'"]
    private static let functions = [
        "LENGTH", "CONCAT", "CONCAT_WS", "LOWER", "UPPER", "TRIM", "LEFT", "RIGHT", "SUBSTRING", "ABS", "INT", "BOOL", "STRING",
        "STARTS_WITH", "ENDS_WITH", "CONTAINS", "NOSUCH",
    ]
    private static let soup = [
        "(", ")", ",", "AND", "OR", "XOR", "NOT", "LIKE", "IN", "EXISTS", "=", "!=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%",
        "$", "$body", "$body.", "$body[", "]", "'", "\"", "\\", ".", "1e5", "99999999999999999999", "_", "\u{0}", "\n", "é", "&&", "==", "!",
    ]

    public mutating func filter() -> [UInt8] {
        var text: String
        switch random.below(4) {
        case 0: text = soup()
        default: text = expression(random.below(6))
        }
        if random.below(3) > 0 { return Array(text.utf8) }
        if random.chance(50) { text = String(repeating: text + " OR ", count: random.below(40)) + text }
        var bytes = Array(text.utf8)
        for _ in 0..<(1 + random.below(3)) { mutate(&bytes) }
        return bytes
    }

    private mutating func soup() -> String {
        (0..<random.below(14)).map { _ in
            switch random.below(5) {
            case 0: random.pick(Self.literals)
            case 1: random.pick(Self.attributes)
            case 2: random.pick(Self.paths)
            default: random.pick(Self.soup)
            }
        }.joined(separator: random.chance(3) ? "" : " ")
    }

    private mutating func expression(_ depth: Int) -> String {
        if depth == 0 {
            switch random.below(3) {
            case 0: return random.pick(Self.attributes)
            case 1: return random.pick(Self.paths)
            default: return random.pick(Self.literals)
            }
        }
        let less = depth - 1
        switch random.below(11) {
        case 0: return "NOT " + expression(less)
        case 1: return "-" + expression(less)
        case 2, 3:
            return (0...(1 + random.below(3))).map { _ in expression(less) + random.pick([" AND ", " OR ", " XOR "]) }.joined() + expression(less)
        case 4, 5: return expression(less) + random.pick([" = ", " != ", " <> ", " < ", " <= ", " > ", " >= "]) + expression(less)
        case 6: return expression(less) + random.pick([" + ", " - ", " * ", " / ", " % "]) + expression(less)
        case 7: return expression(less) + random.pick([" LIKE ", " NOT LIKE "]) + random.pick(Self.patterns)
        case 8:
            let list = (0...random.below(3)).map { _ in expression(less) }.joined(separator: ", ")
            return expression(less) + random.pick([" IN (", " NOT IN ("]) + list + ")"
        case 9:
            let arguments = (0..<(1 + random.below(3))).map { _ in expression(less) }.joined(separator: ", ")
            return random.pick(Self.functions) + "(" + arguments + ")"
        default: return random.chance(4) ? "EXISTS " + random.pick(Self.attributes + Self.paths) : "(" + expression(less) + ")"
        }
    }

    mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = [UInt8(truncatingIfNeeded: random.next())]
            return
        }
        let place = random.below(bytes.count)
        switch random.below(6) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(0x20 + random.below(0x5F)), at: place)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(6)))
        case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random.below(12))], at: place)
        default: bytes.swapAt(place, random.below(bytes.count))
        }
    }
}
