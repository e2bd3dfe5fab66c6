import Foundation

/// A JSON document that is not what it should be.
struct DocumentFault: Error, CustomStringConvertible {
    let description: String
}

extension Fault {
    private static let members = [
        "fault", "entity", "for", "count", "oneIn", "condition", "units", "after", "by", "rule", "key",
    ]

    /// - Parameter now: `for` counts from here.
    init(json: [String: Any], at now: Milliseconds) throws(DocumentFault) {
        let reader = MemberReader(json)
        try reader.check(known: Self.members)
        guard let name = json["fault"] as? String else { throw DocumentFault(description: "'fault' is missing: \(Self.names)") }
        let oneIn = try reader.count("oneIn") ?? 1
        kind = switch name {
        case "refuseKey":
            .refuseKey(
                rule: json["rule"] as? String,
                key: try reader.choice("key", [KeyChoice.primary.rawValue: .primary, "secondary": .secondary, "both": .both]) ?? .both)
        case "expireToken": .expireToken
        case "throttle": .throttle(units: try reader.count("units") ?? 1)
        case "detachIdle": .detachIdle(after: try reader.duration("after") ?? 600_000)
        case "forceClose": .forceClose
        case "withholdCredit": .withholdCredit
        case "reject": .reject(oneIn: oneIn, condition: json["condition"] as? String ?? "amqp:internal-error")
        case "release": .release(oneIn: oneIn)
        case "delayDispositions": .delayDispositions(by: try reader.duration("by") ?? 1000)
        case "cutMidFrame": .cutMidFrame(oneIn: oneIn)
        case "disableEntity": .disableEntity
        default: throw DocumentFault(description: "fault '\(name)' is unknown: \(Self.names)")
        }
        entity = json["entity"] as? String
        until = try reader.duration("for").map { now + $0 }
        left = try reader.count("count")
    }

    private static let names =
        "it is refuseKey, expireToken, throttle, detachIdle, forceClose, withholdCredit, reject, release, delayDispositions, cutMidFrame or disableEntity"

    /// - Parameter struck: how often it has.
    func json(id: Int, struck: Int, at now: Milliseconds) -> [String: Any] {
        var object: [String: Any] = ["id": id, "struck": struck]
        object["entity"] = entity
        object["count"] = left
        object["forMilliseconds"] = until.map { $0 - now }
        switch kind {
        case .refuseKey(let rule, let key): (object["fault"], object["rule"], object["key"]) = ("refuseKey", rule, key.rawValue)
        case .expireToken: object["fault"] = "expireToken"
        case .throttle(let units): (object["fault"], object["units"]) = ("throttle", units)
        case .detachIdle(let after): (object["fault"], object["after"]) = ("detachIdle", "\(after)ms")
        case .forceClose: object["fault"] = "forceClose"
        case .withholdCredit: object["fault"] = "withholdCredit"
        case .reject(let oneIn, let condition):
            (object["fault"], object["oneIn"], object["condition"]) = ("reject", oneIn, condition)
        case .release(let oneIn): (object["fault"], object["oneIn"]) = ("release", oneIn)
        case .delayDispositions(let by): (object["fault"], object["by"]) = ("delayDispositions", "\(by)ms")
        case .cutMidFrame(let oneIn): (object["fault"], object["oneIn"]) = ("cutMidFrame", oneIn)
        case .disableEntity: object["fault"] = "disableEntity"
        }
        return object
    }
}
