import FoundationEssentials
import HTTPServing

/// An error as the API answers it (design.md 5.3): `{"error": {"code": …, "message": …}}`.
struct APIError: Error, Encodable {
    struct Detail: Encodable {
        /// The event's place in its request, from 0.
        var index: Int
        /// The rule, by the word that the counters use for it.
        var code: String
        /// The attribute or part of the event.
        var target: String?
        var message: String
    }

    struct Content: Encodable {
        var code: String
        var message: String
        var details: [Detail]?
    }

    var status: Int
    var fields: [(name: String, value: String)] = []
    var error: Content

    private enum CodingKeys: CodingKey {
        case error
    }

    init(
        _ status: Int, _ code: String, _ message: String, details: [Detail]? = nil,
        fields: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.fields = fields
        error = Content(code: code, message: message, details: details)
    }

    var response: HTTPResponse {
        var response = HTTPResponse.json(self, status: status)
        response.fields += fields
        return response
    }
}

extension HTTPResponse {
    /// JSON in UTF-8, names in order.
    static func json(_ value: some Encodable, status: Int = 200) -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let body = try? encoder.encode(value) else {
            // Only numbers that JSON does not have could fail, and nothing here has any.
            return HTTPResponse(status: 500)
        }
        return HTTPResponse(
            status: status, fields: [("content-type", "application/json; charset=utf-8")], body: Array(body))
    }
}
