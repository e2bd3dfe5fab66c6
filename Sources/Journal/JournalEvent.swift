public import Notifications

/// An event as an endpoint reads it: its sequence number is set.
public struct JournalEvent: Sendable, Hashable {
    public let offset: EventOffset
    public let shared: SharedNotification
    /// What it takes of its endpoint's limit: header and body as they are on disk.
    public let bytes: Int

    public init(offset: EventOffset, notification: Notification, bytes: Int = 0) {
        self.offset = offset
        shared = SharedNotification(notification)
        self.bytes = bytes
    }

    @inlinable
    public var notification: Notification {
        _read { yield shared.notification }
    }
}
