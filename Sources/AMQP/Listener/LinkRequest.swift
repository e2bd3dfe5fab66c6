public import AMQPCodec

/// What the listener does on a link: the opposite of what the client does.
public enum LinkRole: Sendable, Hashable {
    /// The client receives.
    case sending
    /// The client sends.
    case receiving
}

/// A client's wish for a link, from its attach frame.
public struct LinkRequest: Sendable {
    public let role: LinkRole
    public let name: String
    /// What the client wants to send to or receive from: the target's address or the source's. Nil
    /// where it named none.
    public let address: String?
    public let sourceAddress: String?
    public let targetAddress: String?
    /// The client asks for a node to be made for it.
    public let isDynamic: Bool
    /// The target is a transaction coordinator.
    public let isCoordinator: Bool
    /// The source's filter set.
    public let filters: AMQPMap
    /// Link properties.
    public let properties: AMQPMap
    /// Capabilities of the terminus that ``address`` belongs to.
    public let capabilities: [String]
    /// What the client would like the link to be able to do.
    public let desiredCapabilities: [String]
    public let settleMode: SenderSettleMode
    public let receiverSettleMode: ReceiverSettleMode
    /// The client's limit in bytes; 0 = none.
    public let maxMessageSize: UInt64
}

/// The answer to a ``LinkRequest``.
public enum LinkDecision: Sendable {
    case accept(LinkSettings = .init())
    /// The client gets an attach without an address and then a detach with this condition.
    case refuse(ErrorCondition)
}

/// How a listener attaches its end. Source and target are the client's own, but for what is set here.
public struct LinkSettings: Sendable {
    /// Receiving: messages under way or undecided. 0: only what ``ListenerLink/grant(_:)`` gives.
    public var credit: Int
    /// Bytes; 0 = no limit. Announced, and a longer message costs the client the link.
    public var maxMessageSize: UInt64
    /// Link properties, keyed by symbols.
    public var properties: AMQPMap
    /// Replaces the source's filter set in the answer.
    public var filters: AMQPMap?
    /// For a dynamic terminus, or one that is to have another name.
    public var address: String?
    /// Sending: bytes that may wait inside the engine.
    public var engineBytes: Int
    /// Sending: an outcome that the client leaves unsettled is settled with the same outcome, at
    /// once. Otherwise ``ListenerLink/confirm(_:as:)`` does it.
    public var settlesOutcomes: Bool

    public init(
        credit: Int = 1000, maxMessageSize: UInt64 = 0, properties: AMQPMap = AMQPMap(), filters: AMQPMap? = nil,
        address: String? = nil, engineBytes: Int = 32_768, settlesOutcomes: Bool = true
    ) {
        self.credit = credit
        self.maxMessageSize = maxMessageSize
        self.properties = properties
        self.filters = filters
        self.address = address
        self.engineBytes = engineBytes
        self.settlesOutcomes = settlesOutcomes
    }
}
