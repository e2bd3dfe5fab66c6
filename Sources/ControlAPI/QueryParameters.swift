import HTTPServing
import HeaderSerialization
import Notifications

/// The parameters of a request's query, each known, none given twice.
struct QueryParameters {
    private let values: [String: String]

    /// Throws 400 for a parameter that is not in `known`, is given twice or is badly encoded.
    /// `api-version` is taken and ignored everywhere (design.md 5.3).
    init(_ request: HTTPRequest, known: [String]) throws(APIError) {
        var values: [String: String] = [:]
        for pair in request.query.split(separator: "&") {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            guard let name = Self.decode(pair[..<equals]), let value = Self.decode(pair[equals...].dropFirst()) else {
                throw APIError(400, "InvalidQuery", "the query holds something that is not percent-encoded UTF-8")
            }
            guard name == "api-version" || known.contains(name) else {
                let nearest = Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                throw APIError(
                    400, "UnknownParameter",
                    "unknown parameter '\(name)'; \(nearest ?? "known here: \(known.joined(separator: ", "))")")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw APIError(400, "InvalidQuery", "parameter '\(name)' is given twice")
            }
        }
        self.values = values
    }

    func text(_ name: String) -> String? { values[name] }

    func flag(_ name: String) throws(APIError) -> Bool {
        switch values[name] {
        case nil, "false": false
        case "true", "": true
        case let other?: throw APIError(400, "InvalidQuery", "'\(name)' is '\(other)'; write true or false")
        }
    }

    func number(_ name: String, _ range: ClosedRange<Int64>) throws(APIError) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw APIError(
                400, "InvalidQuery", "'\(name)' is '\(text)'; write a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A value as it is written in a link.
    static func encode(_ text: String) -> String {
        PercentEncoding.encode(text)
    }

    /// In a query a plus is a space, as HTML forms write it.
    private static func decode(_ text: Substring) -> String? {
        PercentEncoding.decode(String(text.map { $0 == "+" ? " " : $0 }))
    }
}
