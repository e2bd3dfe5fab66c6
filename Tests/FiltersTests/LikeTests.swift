import Filters
import Notifications
import Testing

@Suite("LIKE")
struct LikeTests {
    private func matches(_ text: String, _ pattern: String) throws -> Bool {
        try Filter(parsing: "subject LIKE '\(pattern)'").matches(Event(id: "1", source: "s", type: "t", subject: text))
    }

    /// The textbook definition, exponential and so only for short texts.
    private func oracle(_ text: Substring.UnicodeScalarView, _ pattern: Substring.UnicodeScalarView) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == "%" { return oracle(text, rest) || !text.isEmpty && oracle(text.dropFirst(), pattern) }
        return !text.isEmpty && (first == "_" || first == text.first) && oracle(text.dropFirst(), rest)
    }

    @Test("agrees with the definition on all short texts and patterns")
    func definition() throws {
        let texts = words(of: ["a", "b", "é"], upTo: 4)
        for pattern in words(of: ["a", "b", "%", "_"], upTo: 4) where !pattern.isEmpty {
            let filter = try Filter(parsing: "subject LIKE '\(pattern)'")
            for text in texts {
                let expected = oracle(Substring(text).unicodeScalars, Substring(pattern).unicodeScalars)
                #expect(filter.matches(Event(id: "1", source: "s", type: "t", subject: text)) == expected, "\(text) \(pattern)")
            }
        }
    }

    private func words(of letters: [String], upTo length: Int) -> [String] {
        var all = [""]
        var last = [""]
        for _ in 0..<length {
            last = last.flatMap { word in letters.map { word + $0 } }
            all += last
        }
        return all
    }

    @Test("patterns that make a backtracking matcher explode end at once")
    func bombs() throws {
        let letters = String(repeating: "a", count: 100_000)
        #expect(try !matches(letters, "%a%a%a%a%b"))
        #expect(try !matches(letters, String(repeating: "%a", count: 1_000) + "%b%"))
        // Each place of the text matches the run but for its last letter.
        #expect(try !matches(letters, "%" + String(repeating: "a", count: 20_000) + "b%"))
        #expect(try !matches(letters, "%_" + String(repeating: "a", count: 250) + "b%"))
    }

    @Test("100,000 letters against '%a%a%a%a%b', in less time than would be noticed")
    func time() throws {
        let filter = try Filter(parsing: "subject LIKE '%a%a%a%a%b'")
        let event = Event(id: "1", source: "s", type: "t", subject: String(repeating: "a", count: 100_000))
        let time = ContinuousClock().measure { _ = filter.matches(event) }
        print("LIKE '%a%a%a%a%b' on 100,000 letters a: \(time)")
    }

    @Test("a long part that repeats itself is found although a longer false start overlaps it")
    func overlap() throws {
        for extra in 0..<45 {
            let text = String(repeating: "a", count: 40 + extra) + "b"
            #expect(try matches(text, "%" + String(repeating: "a", count: 40) + "b%"))
            #expect(try matches("ab" + String(repeating: "aab", count: 20 + extra) + "c", "%" + String(repeating: "aab", count: 20) + "c%"))
        }
    }

    @Test("a long part is found wherever it stands, and CONTAINS agrees", arguments: [1, 31, 32, 33, 100])
    func longParts(length: Int) throws {
        let part = String((0..<length).map { $0 % 3 == 0 ? "a" : "b" })
        for place in 0..<70 {
            let text = String((0..<place).map { $0 % 3 == 0 ? "a" : "b" }) + "c" + part + "x"
            #expect(try matches(text, "%c\(part)%"))
            #expect(try !matches(text, "%c\(part)y%"))
            let filter = try Filter(parsing: "CONTAINS(subject, 'c\(part)x')")
            #expect(filter.matches(Event(id: "1", source: "s", type: "t", subject: text)))
        }
    }
}
