import Notifications

/// An event that is not tried again, with the reason.
public struct DeadLetter: Sendable, Hashable {
    /// Grows from letter to letter, and is never used again.
    public let id: Int64
    public let endpoint: EndpointID
    public let offset: EventOffset
    public let reason: DeadLetterReason
    /// Milliseconds since 1970-01-01T00:00:00Z, by the wall clock.
    public let recordedAtMilliseconds: Int64
    /// Header and body as they are on disk.
    public let bytes: Int
    /// With its sequence number; without its body in a list. `nil` where it cannot be read.
    public let notification: Notification?
    /// Why it cannot be read.
    public let damage: String?
}

/// Dead letters of one endpoint with the same condition.
public struct DeadLetterGroup: Sendable, Hashable {
    public let endpoint: EndpointID
    public let condition: String
    public let count: Int
    /// When the first and the last of them were recorded, as in ``DeadLetter/recordedAtMilliseconds``.
    public let firstAtMilliseconds: Int64
    public let lastAtMilliseconds: Int64
}

/// Which dead letters are meant. What is `nil` does not narrow it.
public struct DeadLetterFilter: Sendable, Hashable {
    public var endpoint: EndpointID?
    public var condition: String?
    public var ids: [Int64]?
    /// Only letters above this id: where a page goes on.
    public var after: Int64?
    /// Only letters up to this id: those that come while a long work is under way are not part of it.
    public var through: Int64?

    public init(
        endpoint: EndpointID? = nil, condition: String? = nil, ids: [Int64]? = nil, after: Int64? = nil,
        through: Int64? = nil
    ) {
        self.endpoint = endpoint
        self.condition = condition
        self.ids = ids
        self.after = after
        self.through = through
    }
}

/// What a call to redrive did.
public struct RedriveResult: Sendable, Hashable {
    /// Letters that are events again.
    public var redriven: [Int64] = []
    /// Letters of endpoints that are not registered.
    public var withoutEndpoint: [Int64] = []
    /// Letters that cannot be read.
    public var unreadable: [Int64] = []

    /// The last letter that was looked at: where the next call goes on. `nil`: there was none.
    public var last: Int64? {
        [redriven.last, withoutEndpoint.last, unreadable.last].compactMap(\.self).max()
    }

    public init() {}
}
