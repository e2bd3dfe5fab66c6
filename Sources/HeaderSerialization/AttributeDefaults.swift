/// What stands in for attributes that an event came without: a twin event that leaves to the
/// bridge who it is from, or a protocol that drops the source.
public struct AttributeDefaults: Sendable, Hashable {
    public var id: String?
    public var source: String?
    public var type: String?
    public var subject: String?
    /// RFC 3339.
    public var time: String?
    /// Take an event without `specversion` for one of version 1.0.
    public var assumesSpecVersion: Bool

    public init(
        id: String? = nil, source: String? = nil, type: String? = nil, subject: String? = nil, time: String? = nil,
        assumesSpecVersion: Bool = false
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.assumesSpecVersion = assumesSpecVersion
    }

    public static let none = AttributeDefaults()
}
