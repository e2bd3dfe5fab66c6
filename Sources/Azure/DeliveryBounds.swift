import Notifications

/// What a session takes of one subject in one delivery, which is accepted or not as a whole.
public struct DeliveryBounds: Sendable {
    /// What a message is taken to need beside its body, in bytes: attributes and frame. An estimate;
    /// what is too large all the same is told so and halved.
    public static let bytesBesideBody = 512

    public var events: Int
    /// Of the estimate; the first event goes whatever its size.
    public var bytes: Int
    /// Whether two events of a subject may go together; `nil`: always.
    public var mayShare: (@Sendable (Notification, Notification) -> Bool)?

    public init(
        events: Int = 1, bytes: Int = .max, mayShare: (@Sendable (Notification, Notification) -> Bool)? = nil
    ) {
        self.events = max(1, events)
        self.bytes = bytes
        self.mayShare = mayShare
    }
}
