import Foundation
import HTTPServing

extension Namespace {
    // MARK: Faults

    func respondToFaults(_ request: HTTPRequest, _ path: [String]) -> HTTPResponse {
        switch (request.method, path.count) {
        case ("GET", 0):
            let now = now
            return .json(200, ["value": faults.list(at: now).map { $0.fault.json(id: $0.id, struck: $0.struck, at: now) }])
        case ("POST", 0):
            return addFault(request.body)
        case ("DELETE", 0):
            faults.removeAll()
            return HTTPResponse(status: 204)
        case ("DELETE", 1):
            guard let id = Int(path[0]), faults.remove(id) else { return .failure(404, "NotFound", "no fault has the id '\(path[0])'") }
            return HTTPResponse(status: 204)
        default:
            return .failure(405, "MethodNotAllowed", "GET, POST or DELETE /faults, DELETE /faults/ID")
        }
    }

    private func addFault(_ body: [UInt8]) -> HTTPResponse {
        guard let json = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] else {
            return .failure(400, "BadRequest", #"the body is no JSON object such as {"fault": "reject", "oneIn": 10, "for": "30s"}"#)
        }
        do throws(DocumentFault) {
            let fault = try Fault(json: json, at: now)
            let made = add(fault)
            return .json(201, fault.json(id: made.id, struck: made.struck, at: now))
        } catch {
            return .failure(400, "BadRequest", error.description)
        }
    }

    // MARK: Entities

    func entityList() -> HTTPResponse {
        .json(200, ["value": entities.all.map { entity in
            var object: [String: Any] = ["name": entity.name]
            if let hub = entity.hub {
                object["events"] = hub.count
                object["partitions"] = hub.partitions.map { ["events": $0.count, "bytes": $0.bytes, "expired": $0.expired] }
            }
            object["messages"] = entity.queue?.state.count
            if let topic = entity.topic {
                object["subscriptions"] = topic.subscriptions.map { ["name": $0.name, "messages": $0.queue.state.count] as [String: Any] }
            }
            return object
        }])
    }

    // MARK: Event Grid

    func publishToEventGrid(_ request: HTTPRequest, topic name: String) -> HTTPResponse {
        let declared = eventGridTopics.first { $0.name.lowercased() == name.lowercased() }
        guard let topic = declared ?? (eventGridTopics.isEmpty ? EventGridTopic(name: name) : nil) else {
            return .failure(404, "NotFound", "no topic is named '\(name)'")
        }
        switch faults.fate(of: topic.name, events: 1, bytes: request.body.count, at: now) {
        case .take: break
        case .reject("com.microsoft:server-busy", let text):
            var response = HTTPResponse.failure(429, "TooManyRequests", text)
            response.fields.append(("retry-after", "1"))
            return response
        case .reject(_, let text): return .failure(500, "InternalServerError", text)
        case .release, .cut:
            return .failure(503, "ServiceUnavailable", "refused on request")
        }
        let input = EventGridInput(topic: topic, issuer: access.issuer)
        do throws(DocumentFault) {
            try input.authorize(header: { request[$0] }, at: now)
        } catch {
            return .failure(401, "Unauthorized", error.description)
        }
        guard request.body.count <= EventGridInput.maximumBytes else {
            return .failure(413, "PayloadTooLarge", "the body has more than \(EventGridInput.maximumBytes) bytes")
        }
        do throws(DocumentFault) {
            for (schema, event) in try input.events(contentType: request["content-type"] ?? "", body: request.body) {
                let object: [String: Any] = ["schema": schema.rawValue, "topic": topic.name, "event": event]
                let json = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
                eventGrid.append(Array(json ?? Data()), topic: topic.name)
            }
            return HTTPResponse(status: 200)
        } catch {
            return .failure(400, "BadRequest", error.description)
        }
    }

    /// `nextAfter` is what the next request asks from.
    func eventGridList(after: Int) -> HTTPResponse {
        let found = eventGrid.after(after, limit: 1000)
        var body = Array(#"{"nextAfter":\#(found.last?.number ?? after),"value":["#.utf8)
        for (index, entry) in found.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += entry.json
        }
        body += Array("]}".utf8)
        return HTTPResponse(status: 200, fields: [("content-type", "application/json")], body: body)
    }
}
