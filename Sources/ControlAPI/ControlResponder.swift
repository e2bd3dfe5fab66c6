import HTTPServing
import Notifications

/// Finds the route, asks for the token, and answers.
struct ControlResponder: HTTPResponder {
    private let token: BearerToken?
    private let events: EventsRoute
    private let deadLetters: DeadLettersRoute
    private let status: @Sendable () -> BridgeStatus

    init(
        token: Secret?, events: EventsRoute, deadLetters: DeadLettersRoute,
        status: @escaping @Sendable () -> BridgeStatus
    ) {
        self.token = token.map { BearerToken(expected: $0) }
        self.events = events
        self.deadLetters = deadLetters
        self.status = status
    }

    func refusal(of head: HTTPRequest) -> HTTPResponse? {
        do throws(APIError) {
            _ = try admit(head)
            return nil
        } catch {
            return error.response
        }
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        do throws(APIError) {
            switch try admit(request) {
            case .events: return try await events.respond(to: request)
            case .deadLetters(let wanted): return try await deadLetters.respond(to: wanted, request)
            case .health: return .json(["status": "alive"])
            case .readiness: return Self.readiness(status().intake)
            case .status: return .json(status())
            case .metrics:
                return HTTPResponse(
                    status: 200, fields: [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
                    body: Array(status().prometheusText.utf8))
            }
        } catch {
            return error.response
        }
    }

    /// Not ready while nothing is read; an endpoint that is out of reach alone changes nothing.
    private static func readiness(_ intake: BridgeStatus.Intake) -> HTTPResponse {
        struct Answer: Encodable {
            var status: String
            var reasons: [String]
        }
        return intake.open
            ? .json(Answer(status: "ready", reasons: []))
            : .json(Answer(status: "not ready", reasons: intake.stoppedBy.map(\.message)), status: 503)
    }

    func respond(to rejection: HTTPRejection) -> HTTPResponse {
        events.error(for: rejection).response
    }

    /// The token comes first: who may not use the API is not told what there is.
    private func admit(_ request: HTTPRequest) throws(APIError) -> Route {
        let route = Result { () throws(Route.Failure) in try Route.find(request.method, request.path) }
        if case .success(let route) = route, route.isOpen { return route }
        do throws(BearerToken.Failure) {
            try token?.check(request)
        } catch {
            let challenge = #"Bearer realm="twinroute""#
            throw switch error {
            case .missing:
                APIError(
                    401, "Unauthorized", "send the bearer token of http.token in the Authorization header",
                    fields: [("www-authenticate", challenge)])
            case .wrong:
                APIError(
                    401, "Unauthorized", "the bearer token is not that of http.token",
                    fields: [("www-authenticate", challenge + #", error="invalid_token""#)])
            }
        }
        do throws(Route.Failure) {
            return try route.get()
        } catch {
            throw switch error {
            case .noSuchPath: APIError(404, "NotFound", "there is nothing at this path")
            case .methodNotAllowed(let allowed):
                APIError(
                    405, "MethodNotAllowed", "this path takes \(allowed)", fields: [("allow", allowed)])
            }
        }
    }
}
