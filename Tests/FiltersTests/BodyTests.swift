import FilterTorture
import Filters
import Foundation
import Notifications
import Testing

@Suite("Bodies")
struct BodyTests {
    private func evaluate(_ text: String, _ body: some Sequence<UInt8>) throws -> Evaluation {
        try Filter(parsing: text).evaluate(Event(id: "1", source: "s", type: "t", body: Array(body)[...]))
    }

    private func value(_ text: String, _ body: String) throws -> FilterValue {
        try evaluate(text, body.utf8).value
    }

    @Test(
        "what is not JSON is named with its place, and has no fields",
        arguments: [
            (#"{"a":1"#, BodyFault.Reason.unexpectedEnd), (#"{"a":1}}"#, .trailingBytes), (#"{"a":01}"#, .badNumber),
            (#"{"a":1.}"#, .badNumber), (#"{"a":1e}"#, .badNumber), (#"{"a":-}"#, .badNumber), (#"{"a":+1}"#, .unexpectedByte),
            (#"{"a":tru}"#, .unexpectedByte), (#"{"a" 1}"#, .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte),
            (#"{a:1}"#, .unexpectedByte), (#"{"a":1,"b":"\x"}"#, .badString), ("{\"a\":1,\"b\":\"\n\"}", .badString),
            (#"{"a":1,"b":"\u12g4"}"#, .badString), ("[1,]", .unexpectedByte), ("{\"a\":1]", .unexpectedByte), ("   ", .unexpectedEnd),
            ("\u{FEFF}{}", .unexpectedByte),
        ])
    func faults(body: String, reason: BodyFault.Reason) throws {
        let evaluation = try evaluate("$body.a = 1", body.utf8)
        #expect(evaluation.value == .boolean(false))
        #expect(evaluation.bodyFault?.reason == reason)
        #expect(evaluation.errors.isEmpty)
    }

    @Test("a fault far behind the field counts as well, so that a verdict does not depend on other routes")
    func faultBehind() throws {
        #expect(try value("$body.a = 1", #"{"a":1,"b":[1,2,{"c":nul}]}"#) == .boolean(false))
    }

    @Test("strings that are not UTF-8 are a fault")
    func utf8() throws {
        for bytes: [UInt8] in [[0xC3, 0x28], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80]] {
            let body = Array(#"{"a":1,"b":""#.utf8) + bytes + Array(#""}"#.utf8)
            #expect(try evaluate("$body.a = 1", body).bodyFault?.reason == .notUTF8)
        }
        #expect(try value("$body.b = 'é😀'", #"{"b":"é😀"}"#) == .boolean(true))
    }

    @Test("the last of members with one name counts, with all that was below the first")
    func lastMember() throws {
        #expect(try value("$body.a", #"{"a":1,"a":2}"#) == .long(2))
        #expect(try value("EXISTS $body.a.b", #"{"a":{"b":1},"a":{}}"#) == .boolean(false))
        #expect(try value("EXISTS $body.a[*].b", #"{"a":[{"b":1}],"a":[{}]}"#) == .boolean(false))
        #expect(try value("$body.a = 1", #"{"a":2,"\u0061":1}"#) == .boolean(true))
    }

    @Test("escapes mean what they mean")
    func escapes() throws {
        #expect(try value("$body", #""\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00""#) == .string("\"\\/\u{8}\u{C}\n\r\tAé😀"))
        #expect(try value("$body", #""\ud800x\udc00""#) == .string("\u{FFFD}x\u{FFFD}"))
    }

    @Test(
        "numbers are read as Swift reads them",
        arguments: [
            "0", "-0", "1", "-17", "123456789012345678", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0.1", "-2.5e-3",
            "1e22", "1e23", "123456789.123456789", "9007199254740993.5", "1e-400", "1e308", "1.7976931348623157e308", "5e-324", "0.30000000000000004",
            "1234567890123456789012345678901234567890", "1E+2", "44667375401.9253275", "4075726405.41928505", "8.40822083482316244",
        ])
    func numbers(text: String) throws {
        switch try value("$body", text) {
        case .long(let whole): #expect(whole == Int64(text))
        case .number(let number):
            #expect(Int64(text) == nil)
            #expect(number == Double(text))
        default: Issue.record("\(text) is no number")
        }
    }

    @Test("integers beyond 2^53 are compared exactly with fractions")
    func exact() throws {
        #expect(try value("$body.a > 9007199254740992.0", #"{"a":9007199254740993}"#) == .boolean(true))
        #expect(try value("$body.a = 9007199254740992.0", #"{"a":9007199254740993}"#) == .boolean(false))
        #expect(try value("$body.a = 9007199254740994.0", #"{"a":9007199254740994}"#) == .boolean(true))
        #expect(try value("$body.a <= 9007199254740994.0", #"{"a":9007199254740993}"#) == .boolean(true))
        #expect(try value("$body.a < 1.0e300", #"{"a":9223372036854775807}"#) == .boolean(true))
        #expect(try value("$body.a > -1.0e300", #"{"a":-9223372036854775808}"#) == .boolean(true))
    }

    @Test("bodies may nest 512 deep, wanted or not")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            #"{"x":"# + String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1) + #","a":1}"#
        }
        for text in ["$body.a = 1", "$body.a = 1 OR $body.x[*][0] = 2"] {
            #expect(try value(text, nested(512)) == .boolean(true))
            #expect(try evaluate(text, nested(513).utf8).bodyFault?.reason == .tooDeep)
            #expect(try evaluate(text, String(repeating: "[", count: 1_000_000).utf8).bodyFault?.reason == .tooDeep)
        }
    }

    @Test("paths that overlap in one array are all served")
    func overlap() throws {
        let body = #"{"patch":[{"op":"add","path":"/a","value":[1,[2]]},{"value":5,"path":"\/a","op":"replace"}]}"#
        let texts = [
            "$patch['/a'].value = 5", "$patch[0].value[1][0] = 2", "$patch[*].value[0] = 1", "$body.patch[*].op = 'replace'",
            "$patch[*].value[*][*] = 2", "$body['patch'][1].value = 5", "NOT EXISTS $patch['/a'].value[0]", "$patch['/a'].op = 'replace'",
        ]
        let set = FilterSet(filters: try texts.map { try Filter(parsing: $0) })
        let matches = set.matching(Event(id: "1", source: "s", type: "t", body: Array(body.utf8)[...]))
        #expect(Array(matches) == Array(texts.indices))
        #expect(try value("$patch['/a'].value", #"[{"op":"add","path":"/a","value":7}]"#) == .long(7))
    }

    @Test("all items of an array are searched")
    func many() throws {
        let items = (0..<1_000).map { #"{"value":\#($0)}"# }.joined(separator: ",")
        #expect(try value("$body.items[*].value = 999", "{\"items\":[\(items)]}") == .boolean(true))
        #expect(try value("$body.items[*].value = 1000", "{\"items\":[\(items)]}") == .boolean(false))
    }

    private func seed() -> UInt64 {
        ProcessInfo.processInfo.environment["TWINROUTE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: .min ... .max)
    }

    @Test("random JSON has no fault, and holds what Foundation finds in it")
    func wellFormed() throws {
        let seed = seed()
        var events = EventGenerator(seed: seed)
        let filter = try Filter(parsing: "$body.wanted")
        var compared = 0
        for _ in 0..<2_000 {
            let text = "{\"other\":\(events.json(4)), \"wanted\" : \(events.json(2)) ,\"a\":\(events.json(3))}"
            let evaluation = filter.evaluate(Event(id: "1", source: "s", type: "t", body: Array(text.utf8)[...]))
            #expect(evaluation.bodyFault == nil, "seed \(seed): \(text)")
            if isBeyondFoundation(text) { continue }
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            compared += 1
            #expect(isSame(evaluation.value, object?["wanted"]), "seed \(seed): \(text) gave \(evaluation.value)")
        }
        #expect(compared > 500)
    }

    private func isSame(_ value: FilterValue, _ found: Any?) -> Bool {
        switch value {
        case .string(let text): found as? String == text
        case .long(let whole): (found as? NSNumber)?.int64Value == whole
        case .number(let number): (found as? NSNumber)?.doubleValue == number
        case .boolean(let truth): found as? Bool == truth
        case .null: found is NSNull
        case .object: found is [String: Any]
        case .array: found is [Any]
        default: false
        }
    }

    /// Foundation takes some texts that are not JSON (a comma before a bracket), so only this way.
    @Test("of random and mutated bodies none passes here that Foundation refuses")
    func mutated() throws {
        let seed = seed()
        var events = EventGenerator(seed: seed)
        let filter = try Filter(parsing: "$body.b")
        var refused = 0
        for _ in 0..<6_000 {
            let body = events.event().body
            let evaluation = filter.evaluate(Event(id: "1", source: "s", type: "t", body: body))
            if evaluation.bodyFault != nil { refused += 1 }
            let text = String(decoding: body, as: UTF8.self)
            guard !body.isEmpty, evaluation.bodyFault == nil, !isBeyondFoundation(text) else { continue }
            #expect(throws: Never.self, "seed \(seed): \(text)") {
                try JSONSerialization.jsonObject(with: Data(body), options: [.fragmentsAllowed])
            }
        }
        #expect(refused > 300)
    }

    /// JSON that Foundation cannot represent: unpaired surrogates, and numbers beyond Double.
    private func isBeyondFoundation(_ text: String) -> Bool {
        let lowered = text.lowercased()
        return lowered.contains("\\ud") || lowered.contains(#/[0-9]e[+]?[0-9]{3}/#)
    }
}
