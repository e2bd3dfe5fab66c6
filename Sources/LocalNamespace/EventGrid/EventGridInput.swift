import Foundation
import Signing

/// Checks a publish request as a custom topic does (reference 5.1 to 5.4).
struct EventGridInput {
    static let maximumBytes = 1 << 20
    static let maximumEvents = 5000

    let topic: EventGridTopic
    /// Of bearer tokens; nil: none is taken where there are keys.
    var issuer: TokenIssuer?

    /// - Throws: why the key or token is not right.
    func authorize(header: (String) -> String?, at now: Milliseconds) throws(DocumentFault) {
        guard !topic.keys.isEmpty || issuer != nil else { return }
        if let issuer, let bearer = header("authorization"), bearer.hasPrefix("Bearer ") {
            do throws(TokenIssuer.Refusal) {
                _ = try issuer.verify(String(bearer.dropFirst(7)), for: .eventGrid, at: now)
                return
            } catch {
                throw DocumentFault(description: error.reason)
            }
        }
        if let key = header("aeg-sas-key") {
            guard topic.keys.contains(where: { Signature.areEqual(Array($0.utf8), Array(key.utf8)) }) else {
                throw DocumentFault(description: "the access key is not one of the topic's")
            }
            return
        }
        let prefix = SharedAccessSignature.prefix
        let authorization = header("authorization").flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
        guard let text = header("aeg-sas-token") ?? authorization, let token = EventGridToken(text) else {
            throw DocumentFault(description: "neither aeg-sas-key nor a readable token is there")
        }
        guard token.expiresAt > now else { throw DocumentFault(description: "the token's time is over") }
        guard topic.keys.contains(where: { token.isSigned(withKey: $0) }) else {
            throw DocumentFault(description: "the token's signature is not right")
        }
    }

    /// The events of a body, each with its schema.
    func events(contentType: String, body: [UInt8]) throws(DocumentFault) -> [(schema: EventGridTopic.Schema, event: [String: Any])] {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        guard let document = try? JSONSerialization.jsonObject(with: Data(body)) else {
            throw DocumentFault(description: "the body is no JSON")
        }
        let schema: EventGridTopic.Schema = type.hasPrefix("application/cloudevents") ? .cloudEvents : .eventGrid
        if let wanted = topic.schema, wanted != schema {
            throw DocumentFault(description: "the topic takes \(wanted.rawValue), the content type is '\(type)'")
        }
        let events: [[String: Any]]?
        switch type {
        case "application/cloudevents+json": events = (document as? [String: Any]).map { [$0] }
        default: events = document as? [[String: Any]]
        }
        guard let events else { throw DocumentFault(description: "the body is not what '\(type)' has: \(schema == .eventGrid ? "an array" : "events")") }
        guard events.count <= Self.maximumEvents else { throw DocumentFault(description: "more than \(Self.maximumEvents) events") }
        for (index, event) in events.enumerated() { try check(event, schema, index) }
        return events.map { (schema, $0) }
    }

    private func check(_ event: [String: Any], _ schema: EventGridTopic.Schema, _ index: Int) throws(DocumentFault) {
        let required = schema == .eventGrid ? ["id", "subject", "eventType", "eventTime"] : ["id", "source", "type", "specversion"]
        for name in required where (event[name] as? String)?.isEmpty ?? true {
            throw DocumentFault(description: "event \(index): '\(name)' is missing or no text")
        }
        if schema == .cloudEvents, event["specversion"] as? String != "1.0" {
            throw DocumentFault(description: "event \(index): specversion is not 1.0")
        }
    }
}
