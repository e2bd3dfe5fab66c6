import Notifications
import TestSupport

/// Random events whose fields the random filters ask for.
public struct EventGenerator {
    private var random: SplitMix64
    private var mutator: FilterGenerator

    public init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        mutator = FilterGenerator(seed: seed &+ 1)
    }

    public mutating func event() -> Notification {
        let strings = ["a", "abc", "north", "12", "-7", "true", "FALSE", "", "é😀", "1.0", "a%b_c\\", "  x\u{3000}"]
        var event = Notification(id: random.pick(strings), source: random.pick(strings), type: random.pick(strings))
        if random.chance(2) { event.subject = random.pick(strings) }
        if random.chance(3) { event.time = "2026-11-21T08:00:00Z" }
        if random.chance(2) { event.sequence = SequenceNumber(rawValue: Int32(truncatingIfNeeded: random.next())) }
        if random.chance(2) { event.extensions.append(.init(name: "plant", value: .string(random.pick(strings)))) }
        if random.chance(2) { event.extensions.append(.init(name: "shift", value: .integer(Int32(random.below(9)) - 4))) }
        if random.chance(2) { event.extensions.append(.init(name: "night", value: .boolean(random.chance(2)))) }
        if random.chance(9) { event.extensions.append(.init(name: "5x", value: .binary([1, 2, 3, 4]))) }
        if random.chance(8) { return event }
        var body = Array(json(4).utf8)
        if random.chance(6) { mutator.mutate(&body) }
        event.body = body[...]
        return event
    }

    public mutating func json(_ depth: Int) -> String {
        let blank = random.chance(8) ? " \n" : ""
        switch depth == 0 ? random.below(6) : random.below(12) {
        case 0: return random.pick(["0", "1", "-1", "21.5", "1e3", "-0", "9007199254740993", "1.5E-7", "123456789012345678901", "1e400"]) + blank
        case 1: return random.pick(["true", "false", "null"])
        case 2...5: return string()
        case 6...9: return blank + "{" + members(depth - 1) + "}" + blank
        default: return "[" + (0..<random.below(4)).map { _ in json(depth - 1) }.joined(separator: "," + blank) + "]"
        }
    }

    private mutating func members(_ depth: Int) -> String {
        let names = ["a", "b", "s", "odd name", "items", "v", "flag", "é", "patch", "path", "op", "value", "\\u0061", "t"]
        return (0..<random.below(6)).map { _ in
            let name = random.pick(names)
            if name == "path" { return "\"path\":\"/t\"" }
            if name == "items" || name == "patch" {
                return "\"\(name)\":[" + (0..<random.below(4)).map { _ in json(depth) }.joined(separator: ",") + "]"
            }
            return "\"\(name)\":" + json(max(0, depth))
        }.joined(separator: ",")
    }

    private mutating func string() -> String {
        "\"" + random.pick(["", "a", "abc", "north", "12", "true", "é😀", "\\n\\t\\\"", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "a\\/b", "0123456789abcdefg"]) + "\""
    }
}
