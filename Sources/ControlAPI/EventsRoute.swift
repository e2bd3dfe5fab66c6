import HTTPServing
import HeaderSerialization
import Ingest
import Journal

/// `POST /events`: CloudEvents in binary, structured or batch mode, answered 202 once the journal
/// has them on disk.
///
/// | answer | when |
/// |---|---|
/// | 202 `{"accepted": n}` | all events of the request are on disk |
/// | 400 | an event breaks a rule; `details` names each by its `index`; nothing of the request is stored |
/// | 413 | the request or an event alone in it is too large |
/// | 415 | neither `ce-` fields nor a CloudEvents media type that is known here |
/// | 503, `Retry-After` | the journal cannot store, or a limit is reached; nothing of the request is stored |
struct EventsRoute: Sendable {
    /// Bad events that an answer lists; the message says how many there are.
    static let maximumDetails = 100
    /// What the sender should wait before it tries again, in seconds.
    static let retryAfterSeconds = 5

    let intake: EventIntake

    func respond(to request: HTTPRequest) async throws(APIError) -> HTTPResponse {
        try checkMediaType(of: request)
        let fields = request.fields.map { HTTPContent.Field(name: $0.name, value: $0.value) }
        do throws(EventIntakeError) {
            let count = try await intake.accept(fields: fields, body: request.body)
            return .json(["accepted": count], status: 202)
        } catch {
            throw switch error {
            case .refused(let events): Self.error(for: events)
            case .notStored(let error): Self.error(for: error)
            case .gateClosed(let reasons):
                APIError(
                    503, "LimitReached",
                    "nothing of the request was stored; send it again later: \(reasons.map { "\($0)" }.joined(separator: "; "))",
                    fields: [("retry-after", "\(Self.retryAfterSeconds)")])
            }
        }
    }

    /// What the server turned down counts like what the intake refuses.
    func error(for rejection: HTTPRejection) -> APIError {
        switch rejection {
        case .bodyTooLarge(let limit):
            intake.refuse(.payloadTooLarge(bytes: limit + 1, limit: limit))
            return APIError(413, "PayloadTooLarge", "a request's body is at most \(limit) bytes; send smaller batches")
        case .overloaded:
            return APIError(
                503, "Overloaded", "too many requests are under way; send this one again",
                fields: [("retry-after", "\(Self.retryAfterSeconds)")])
        }
    }

    /// Without one `ce-` field and without a CloudEvents media type it is no CloudEvent in any mode.
    private func checkMediaType(of request: HTTPRequest) throws(APIError) {
        let type = request["content-type"] ?? ""
        let isWhole = type.lowercased().hasPrefix("application/cloudevents")
        guard !isWhole, !request.fields.contains(where: { $0.name.lowercased().hasPrefix("ce-") }) else { return }
        let error = SerializationError("content-type", .unsupportedMode, value: type)
        intake.refuse(.malformed(error))
        throw Self.unsupported(error)
    }

    private static func unsupported(_ error: SerializationError) -> APIError {
        APIError(
            415, "UnsupportedMediaType",
            "\(error); send ce- fields, application/cloudevents+json or application/cloudevents-batch+json")
    }

    private static func error(for events: [RefusedEvent]) -> APIError {
        let details = events.prefix(maximumDetails).map { event in
            var target: String?
            if case .malformed(let error) = event.reason { target = error.attribute }
            return APIError.Detail(
                index: event.index, code: event.reason.label, target: target, message: "\(event.reason)")
        }
        if events.count == 1, let event = events.first {
            switch event.reason {
            case .malformed(let error) where error.rule == .unsupportedMode: return unsupported(error)
            case .payloadTooLarge: return APIError(413, "PayloadTooLarge", "\(event.reason)", details: details)
            default: return APIError(400, "InvalidEvent", "\(event.reason)", details: details)
            }
        }
        return APIError(
            400, "InvalidEvents", "\(events.count) events are bad, and nothing of the request was stored", details: details)
    }

    private static func error(for error: JournalError) -> APIError {
        if case .batchTooLarge = error { return APIError(413, "PayloadTooLarge", "\(error)") }
        return APIError(
            503, "JournalUnavailable", "nothing of the request was stored; send it again: \(error)",
            fields: [("retry-after", "\(retryAfterSeconds)")])
    }
}
