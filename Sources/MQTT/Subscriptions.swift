/// The SUBSCRIBE packets of one connection that wait for their SUBACK.
struct Subscriptions {
    /// By packet id.
    var waiting: [Int32: Subscription] = [:]
    private(set) var anyRefused = false

    /// What to report about one SUBACK; codes from 128 on are refusals (MQTT 5, 3.9.3).
    mutating func answer(id: Int32, codes: [Int32]) -> [ConnectionState] {
        guard let subscription = waiting.removeValue(forKey: id) else { return [] }
        guard let code = codes.first, code < 128 else {
            anyRefused = true
            let code = codes.first ?? 128
            return [
                .subscriptionRefused(
                    .subscriptionRefused(
                        filter: subscription.filter, code: Int(code), reason: Client.reason(code)))
            ]
        }
        guard code < subscription.maximumQoS.rawValue else { return [] }
        return [.subscriptionDowngraded(filter: subscription.filter, grantedQoS: Int(code))]
    }
}
