import Foundation

/// Takes typed members out of a JSON object, and says which is wrong.
struct MemberReader {
    private let object: [String: Any]

    init(_ object: [String: Any]) {
        self.object = object
    }

    func check(known: [String]) throws(DocumentFault) {
        if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
            throw DocumentFault(description: "member '\(unknown)' is unknown; known: \(known.joined(separator: ", "))")
        }
    }

    /// A number from 1 on.
    func count(_ name: String) throws(DocumentFault) -> Int? {
        guard let value = object[name] else { return nil }
        guard let number = value as? Int, number >= 1 else {
            throw DocumentFault(description: "'\(name)' is not a whole number from 1 on")
        }
        return number
    }

    /// `250ms`, `30s`, `5m`, `1h`.
    func duration(_ name: String) throws(DocumentFault) -> Milliseconds? {
        guard let value = object[name] else { return nil }
        let text = value as? String ?? ""
        let digits = text.prefix { $0.isNumber }
        let units: [Substring: Milliseconds] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
        guard let number = Milliseconds(digits), let unit = units[text.dropFirst(digits.count)], number < 1_000_000_000 else {
            throw DocumentFault(description: "'\(name)' is no duration such as 250ms, 30s, 5m or 1h")
        }
        return number * unit
    }

    func choice<Value>(_ name: String, _ choices: [String: Value]) throws(DocumentFault) -> Value? {
        guard let value = object[name] else { return nil }
        guard let choice = (value as? String).flatMap({ choices[$0] }) else {
            throw DocumentFault(description: "'\(name)' is one of \(choices.keys.sorted().joined(separator: ", "))")
        }
        return choice
    }
}
