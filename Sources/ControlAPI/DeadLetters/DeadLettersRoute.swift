import HTTPServing
import Journal
import Notifications

/// The dead letters over HTTP (design.md 5.3).
///
/// | request | answer |
/// |---|---|
/// | `GET /deadletters?endpoint&condition&after&limit` | `{"value": […], "nextLink": …}`, without bodies |
/// | `GET /deadletters/groups?endpoint&condition` | how many there are for each endpoint and condition |
/// | `GET /deadletters/{id}` | one, with the event whole and the history of tries |
/// | `DELETE /deadletters/{id}` | 204 |
/// | `DELETE /deadletters?endpoint&condition`, or `?all=true` | `{"purged": n}` |
/// | `POST /deadletters/redrive` | see ``RedriveRequest`` |
struct DeadLettersRoute: Sendable {
    enum Request: Sendable, Hashable {
        case page, groups, purge, redrive
        case show(Int64), delete(Int64)
    }

    static let defaultPage: Int64 = 100
    static let maximumPage: Int64 = 1000

    let letters: DeadLetters

    func respond(to wanted: Request, _ request: HTTPRequest) async throws(APIError) -> HTTPResponse {
        switch wanted {
        case .page: try await page(request)
        case .groups: try await groups(request)
        case .purge: try await purge(request)
        case .redrive: try await redrive(request)
        case .show(let id): try await show(id)
        case .delete(let id): try await delete(id)
        }
    }

    private func page(_ request: HTTPRequest) async throws(APIError) -> HTTPResponse {
        let query = try QueryParameters(request, known: ["endpoint", "condition", "after", "limit"])
        var filter = Self.filter(query)
        filter.after = try query.number("after", 0...(.max))
        let limit = try query.number("limit", 1...Self.maximumPage) ?? Self.defaultPage
        let found = try await ask { () async throws(JournalError) in try await letters.page(filter, limit: Int(limit)) }
        // A full page may be the last one; the next is then empty and has no link.
        let next = found.count == limit ? found.last.map { Self.link(filter, after: $0.id, limit: limit) } : nil
        return .json(DeadLetterPage(value: found.map(DeadLetterView.init), nextLink: next))
    }

    private func groups(_ request: HTTPRequest) async throws(APIError) -> HTTPResponse {
        let filter = Self.filter(try QueryParameters(request, known: ["endpoint", "condition"]))
        let groups = try await ask { () async throws(JournalError) in try await letters.groups(filter) }
        return .json(["value": groups.map(DeadLetterGroupView.init)])
    }

    private func show(_ id: Int64) async throws(APIError) -> HTTPResponse {
        guard let letter = try await ask({ () async throws(JournalError) in try await letters.get(id) }) else {
            throw Self.missing(id)
        }
        return DeadLetterView.whole(letter)
    }

    private func delete(_ id: Int64) async throws(APIError) -> HTTPResponse {
        let purged = try await ask { () async throws(JournalError) in try await letters.purge(DeadLetterFilter(ids: [id])) }
        guard purged > 0 else { throw Self.missing(id) }
        return HTTPResponse(status: 204)
    }

    private func purge(_ request: HTTPRequest) async throws(APIError) -> HTTPResponse {
        let query = try QueryParameters(request, known: ["endpoint", "condition", "all"])
        let filter = Self.filter(query)
        guard try query.flag("all") || filter.endpoint != nil || filter.condition != nil else {
            throw APIError(400, "FilterMissing", "name an endpoint or a condition, or write ?all=true to delete every dead letter")
        }
        let purged = try await ask { () async throws(JournalError) in try await letters.purge(filter) }
        return .json(["purged": purged])
    }

    private func redrive(_ request: HTTPRequest) async throws(APIError) -> HTTPResponse {
        _ = try QueryParameters(request, known: [])
        let wanted = try RedriveRequest(request.body)
        if wanted.dryRun ?? false {
            let preview = try await ask { () async throws(JournalError) in
                RedrivePreview(
                    wouldRedrive: try await letters.count(wanted.filter), through: try await letters.newest(wanted.filter))
            }
            return .json(preview)
        }
        let result = try await ask { () async throws(JournalError) in
            try await letters.redrive(wanted.filter, limit: wanted.limit ?? RedriveRequest.maximum)
        }
        return .json(RedriveAnswer(result))
    }

    private static func filter(_ query: QueryParameters) -> DeadLetterFilter {
        DeadLetterFilter(
            endpoint: query.text("endpoint").map { EndpointID(rawValue: $0) }, condition: query.text("condition"))
    }

    private static func link(_ filter: DeadLetterFilter, after: Int64, limit: Int64) -> String {
        var link = "/deadletters?after=\(after)&limit=\(limit)"
        if let endpoint = filter.endpoint { link += "&endpoint=" + QueryParameters.encode(endpoint.rawValue) }
        if let condition = filter.condition { link += "&condition=" + QueryParameters.encode(condition) }
        return link
    }

    private static func missing(_ id: Int64) -> APIError {
        APIError(404, "NotFound", "there is no dead letter \(id); GET /deadletters lists them")
    }

    private func ask<R: Sendable>(_ work: () async throws(JournalError) -> R) async throws(APIError) -> R {
        do throws(JournalError) {
            return try await work()
        } catch {
            throw APIError(
                503, "JournalUnavailable", "\(error)", fields: [("retry-after", "\(EventsRoute.retryAfterSeconds)")])
        }
    }
}
