/// A topic filter that a connection subscribes to.
public struct Subscription: Sendable, Hashable {
    /// MQTT topic filter; `$share/<group>/<filter>` shares its messages among connections.
    public var filter: String
    public var maximumQoS: MaximumQoS

    /// QoS 2 is left out on purpose: libmosquitto loses a message when the process dies between
    /// PUBREC and PUBREL. The broker downgrades QoS 2 publishers.
    public enum MaximumQoS: Int32, Sendable, Hashable {
        case atMostOnce = 0
        case atLeastOnce = 1
    }

    public init(filter: String, maximumQoS: MaximumQoS = .atLeastOnce) {
        self.filter = filter
        self.maximumQoS = maximumQoS
    }
}
