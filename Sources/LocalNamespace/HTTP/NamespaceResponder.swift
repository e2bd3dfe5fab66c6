import Foundation
import HTTPServing
import NIOCore

/// The namespace's HTTP side: faults, Event Grid topics, what the entities hold, health.
struct NamespaceResponder: HTTPResponder {
    let namespace: NIOLoopBound<Namespace>
    let eventLoop: any EventLoop

    func refusal(of head: HTTPRequest) -> HTTPResponse? { nil }

    func respond(to rejection: HTTPRejection) -> HTTPResponse {
        switch rejection {
        case .bodyTooLarge(let limit): .failure(413, "PayloadTooLarge", "the body has more than \(limit) bytes")
        case .overloaded: .failure(503, "ServiceUnavailable", "too many requests at once")
        }
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let parts = request.path.split(separator: "/").map { String($0).percentDecoded }
        switch (request.method, parts.first) {
        case ("GET", "health"): return .json(200, ["status": "healthy"])
        case ("GET", "entities"): return await onLoop { $0.entityList() }
        case (_, "faults"): return await onLoop { $0.respondToFaults(request, Array(parts.dropFirst())) }
        case ("GET", "eventgrid") where parts == ["eventgrid", "events"]: return await eventGridEvents(request)
        case ("POST", _) where parts.suffix(2) == ["api", "events"] && parts.count <= 3:
            let topic = parts.count == 3 ? parts[0] : "default"
            return await onLoop { $0.publishToEventGrid(request, topic: topic) }
        default:
            return .failure(404, "NotFound", "'\(request.method) \(request.path)' is not here")
        }
    }

    private func onLoop(_ body: @escaping @Sendable (Namespace) -> HTTPResponse) async -> HTTPResponse {
        let answer = try? await eventLoop.submit { [namespace] in body(namespace.value) }.get()
        return answer ?? .failure(503, "ServiceUnavailable", "the namespace stops")
    }

    /// `?after=N` goes on behind event N; `&wait=S` waits so many seconds for the next.
    private func eventGridEvents(_ request: HTTPRequest) async -> HTTPResponse {
        let after = Int(request.parameter("after") ?? "") ?? 0
        let wait = min(60, max(0, Int64(request.parameter("wait") ?? "") ?? 0))
        if wait > 0 {
            let waited = eventLoop.flatSubmit { [namespace, eventLoop] () -> EventLoopFuture<Void> in
                let log = namespace.value.eventGrid
                guard log.lastNumber <= after else { return eventLoop.makeSucceededVoidFuture() }
                return log.next(within: .seconds(wait), on: eventLoop)
            }
            try? await waited.get()
        }
        return await onLoop { $0.eventGridList(after: after) }
    }
}

extension HTTPRequest {
    func parameter(_ name: String) -> String? {
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.first.map(String.init) == name { return pair.count > 1 ? String(pair[1]).percentDecoded : "" }
        }
        return nil
    }
}

extension HTTPResponse {
    static func json(_ status: Int, _ value: Any) -> HTTPResponse {
        let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
        return HTTPResponse(status: status, fields: [("content-type", "application/json")], body: Array(data ?? Data()))
    }

    static func failure(_ status: Int, _ code: String, _ message: String) -> HTTPResponse {
        .json(status, ["error": ["code": code, "message": message, "details": [["code": code, "message": message]]]])
    }
}
