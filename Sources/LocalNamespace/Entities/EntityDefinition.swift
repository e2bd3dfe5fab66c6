/// An entity as a configuration declares it.
public struct EntityDefinition: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case hub(EventHub.Settings)
        case queue(QueueSettings)
        case topic(subscriptions: [SubscriptionDefinition], duplicateWindow: Milliseconds?)
    }

    struct SubscriptionDefinition: Sendable, Hashable {
        var name: String
        var settings: QueueSettings
        var rules: [SubscriptionRule]
    }

    public var name: String
    var kind: Kind
}
