import Filters
import Notifications
import Testing

@Suite("Filter errors")
struct ParserErrorTests {
    private func error(_ text: String) throws -> FilterError {
        do {
            _ = try Filter(parsing: text)
        } catch {
            return error
        }
        Issue.record("\(text.prefix(60)) was accepted")
        throw Missing()
    }

    private struct Missing: Error {}

    @Test("an error has its place in lines and columns")
    func place() throws {
        let error = try error("type = 'é' AND\n  subject ==  'x'")
        #expect(error.position == SourcePosition(offset: 26, line: 2, column: 11))
        #expect(error.reason == .unexpectedCharacter)
        #expect(error.found == "==")
        #expect(error.description == "2:11: unexpected `==`; write =")
    }

    @Test("columns count characters, offsets count bytes")
    func columns() throws {
        let error = try error("id = 'é😀' == 1")
        #expect(error.position == SourcePosition(offset: 14, line: 1, column: 11))
    }

    @Test("the first mistake is reported, not the last")
    func first() throws {
        #expect(try error("AND 'open").reason == .unexpectedToken)
    }

    @Test("at the end of the text the end is what was found")
    func end() throws {
        let error = try error("type = ")
        #expect(error.found == "the end of the filter")
        #expect(error.position.offset == 7)
        #expect(error.expected.contains("a value"))
    }

    @Test("texts up to 65,536 bytes are accepted, longer ones refused")
    func length() throws {
        let term = "id = 'a' OR "
        let long = String(repeating: term, count: 5_000) + "true"
        #expect(throws: Never.self) { try Filter(parsing: long) }
        let padded = long + String(repeating: " ", count: FilterLimits.textBytes - long.utf8.count)
        #expect(throws: Never.self) { try Filter(parsing: padded) }
        #expect(try error(padded + " ").reason == .tooLong)
        #expect(try error(String(repeating: "(", count: 1_000_000)).reason == .tooLong)
    }

    @Test(
        "nesting of 10,000 is an error, whatever nests",
        arguments: ["(", "NOT ", "- ", "LENGTH(", "id IN (", "1 = (", "CONCAT('a', ", "true AND ("])
    func depth(piece: String) throws {
        let count = min(10_000, FilterLimits.textBytes / piece.utf8.count - 1)
        #expect(try error(String(repeating: piece, count: count)).reason == .tooDeep)
    }

    @Test("operators that nest to the left are bounded as well", arguments: [" = 1", " + 1", " LIKE 'a'", " IN (1)"])
    func leftDepth(piece: String) throws {
        #expect(try error("1" + String(repeating: piece, count: 5_000)).reason == .tooDeep)
    }

    @Test("100 levels are fine")
    func levels() throws {
        let filter = try Filter(parsing: String(repeating: "(", count: 100) + "true" + String(repeating: ")", count: 100))
        #expect(filter.matches(.init(id: "1", source: "s", type: "t")))
    }

    @Test("bytes that are not UTF-8 are refused with their place")
    func utf8() {
        let bytes = Array("id = '".utf8) + [0xC3, 0x28] + Array("'".utf8)
        #expect {
            try Filter(parsingUTF8: bytes)
        } throws: { error in
            (error as? FilterError)?.reason == .invalidUTF8 && (error as? FilterError)?.position.offset == 6
        }
    }

    @Test(
        "integers out of range are refused where no body can be meant",
        arguments: ["2147483648", "-2147483649", "id = 2147483648", "2147483648 IN (1)", "LEFT('a', 2147483648)", "1 + 2147483648 > 1", "99999999999999999999999"])
    func range(text: String) throws {
        #expect(try error(text).reason == .integerOutOfRange)
    }

    @Test("a LIKE run with _ may have 256 bytes")
    func run() throws {
        let run = "_" + String(repeating: "a", count: 255)
        #expect(throws: Never.self) { try Filter(parsing: "id LIKE '%\(run)%'") }
        #expect(try error("id LIKE '%\(run)a%'").reason == .patternTooLong)
    }

    @Test("a path may have 64 steps")
    func steps() throws {
        #expect(throws: Never.self) { try Filter(parsing: "$body" + String(repeating: ".a", count: 64) + " = 1") }
        #expect(try error("$body" + String(repeating: ".a", count: 65) + " = 1").reason == .invalidPath)
    }
}
