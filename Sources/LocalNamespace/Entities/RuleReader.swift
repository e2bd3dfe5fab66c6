import Foundation

/// Subscription rules of the emulators' configuration file.
enum RuleReader {
    static func rules(_ value: Any?, of name: String) throws(DocumentFault) -> [SubscriptionRule] {
        guard let rules = value as? [[String: Any]], !rules.isEmpty else { return [.all] }
        var result: [SubscriptionRule] = []
        for rule in rules { result.append(try read(rule["Properties"] as? [String: Any] ?? [:], of: name)) }
        return result
    }

    private static func read(_ object: [String: Any], of name: String) throws(DocumentFault) -> SubscriptionRule {
        if let expression = (object["SqlFilter"] as? [String: Any])?["SqlExpression"] as? String {
            switch expression.filter({ !$0.isWhitespace }) {
            case "1=1": return .all
            case "1=0": return .none
            default:
                throw DocumentFault(
                    description: "'\(name)': SQL filters other than 1=1 and 1=0 are not here; use a correlation filter ('\(expression)')")
            }
        }
        guard let filter = object["CorrelationFilter"] as? [String: Any] else { return .all }
        let text = { (member: String) in filter[member] as? String }
        return .correlation(SubscriptionRule.Correlation(
            contentType: text("ContentType"), correlationID: text("CorrelationId"), label: text("Label") ?? text("Subject"),
            messageID: text("MessageId"), replyTo: text("ReplyTo"), replyToSessionID: text("ReplyToSessionId"),
            sessionID: text("SessionId"), to: text("To"),
            properties: (filter["Properties"] as? [String: Any] ?? [:]).mapValues { "\($0)" }))
    }
}
