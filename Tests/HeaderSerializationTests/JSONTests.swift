import HeaderSerialization
import TestSupport
import Testing

@Suite("What counts as JSON")
struct JSONTests {
    private func problem(_ bytes: [UInt8]) -> JSONError? {
        do throws(SerializationError) {
            try BodyRules.check(bytes[...], contentType: "application/json")
            return nil
        } catch {
            guard case .bodyNotJSON(let problem) = error.rule else { return nil }
            return problem
        }
    }

    @Test("JSON of every kind is taken", arguments: [
        "0", "-0", "-1.5e+10", "1E-2", "10", "true", "false", "null", #""""#, "[]", "{}", " \t\r\n1 ", "[1,2, 3 ]",
        #"{"a":{"b":[{}]},"a":1}"#, #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, #""é😀""#, #""\ud800""#, "1e308", "1e-999",
        "12345678901234567890",
    ])
    func valid(_ text: String) {
        #expect(problem(Array(text.utf8)) == nil)
    }

    @Test("What is no JSON is refused with the reason and the place", arguments: [
        (" ", .unexpectedEnd, 1), ("tru", .unexpectedEnd, 0), ("trux", .unexpectedByte, 0), ("01", .trailingBytes, 1),
        ("-", .unexpectedEnd, 0), ("1.", .unexpectedEnd, 0), ("1.x", .badNumber, 0), ("1e", .unexpectedEnd, 0),
        ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0), ("[1,]", .unexpectedByte, 3),
        ("[1 2]", .unexpectedByte, 3), ("{a:1}", .unexpectedByte, 1), (#"{"a"}"#, .unexpectedByte, 4),
        (#"{"a":1,}"#, .unexpectedByte, 7), ("[", .unexpectedEnd, 1), (#""a"#, .unexpectedEnd, 2),
        (#""\x""#, .badEscape, 1), (#""\u12g4""#, .badEscape, 1), (#""\u12"#, .badEscape, 1), ("\"a\nb\"", .controlCharacter, 2),
        ("1e309", .numberTooLarge, 0), ("[-1e999]", .numberTooLarge, 1), ("{} {}", .trailingBytes, 3), ("'a'", .unexpectedByte, 0),
    ] as [(String, JSONError.Problem, Int)])
    func invalid(_ text: String, _ expected: JSONError.Problem, _ position: Int) {
        #expect(problem(Array(text.utf8)) == JSONError(expected, at: position))
    }

    @Test("A number of 400 digits is beyond a double, one of 300 is not")
    func longNumbers() {
        #expect(problem([UInt8](repeating: UInt8(ascii: "9"), count: 400))?.problem == .numberTooLarge)
        #expect(problem([UInt8](repeating: UInt8(ascii: "9"), count: 300)) == nil)
        #expect(problem(Array("0.".utf8) + [UInt8](repeating: UInt8(ascii: "9"), count: 400)) == nil)
    }

    @Test("Invalid UTF-8 in a string is refused")
    func invalidUTF8() {
        #expect(problem([0x22, 0xC3, 0x28, 0x22])?.problem == .invalidUTF8)
        #expect(problem([0x22, 0xED, 0xA0, 0x80, 0x22])?.problem == .invalidUTF8)
    }

    @Test("Nesting: 128 levels are taken, 129 and 1,000 and a million are not", arguments: [128, 129, 1_000, 1_000_000])
    func depth(_ levels: Int) {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let inner = open == "[" ? "" : "1"
            let text = String(repeating: open, count: levels) + inner + String(repeating: close, count: levels)
            #expect(problem(Array(text.utf8))?.problem == (levels <= 128 ? nil : .tooDeep))
        }
    }

    @Test("Only a body that claims to be JSON has to be")
    func claims() throws {
        let noJSON = Array("{".utf8)[...]
        for type in [nil, "text/plain", "application/octet-stream", "application/jsonx"] {
            try BodyRules.check(noJSON, contentType: type)
        }
        for type in ["application/json", "Application/JSON; charset=utf-8", "application/json-patch+json", "text/json"] {
            #expect(throws: SerializationError.self) { try BodyRules.check(noJSON, contentType: type) }
            try BodyRules.check([], contentType: type)
        }
    }

    @Test("Garbage is refused or taken, never a crash")
    func fuzz() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("JSON fuzz seed \(seed)")
        var generator = SplitMix64(seed: seed)
        let alphabet = Array(#"{}[]",:\u019eE+-. truefalsn"#.utf8) + [0x80, 0xC3, 0x0A]
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 1...30, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = problem(bytes)
            _ = try? JSONEventFormat().decode(bytes[...])
            _ = try? JSONEventFormat().decodeBatch(bytes[...])
            _ = try? EventGridSerialization().decodeBatch(bytes[...])
        }
    }
}
