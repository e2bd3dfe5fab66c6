import Notifications

/// An event as an endpoint reads it: its sequence number is set.
public struct JournalEvent: Sendable, Hashable {
    public let offset: EventOffset
    public let notification: Notification
    /// What it takes of its endpoint's limit: header and body as they are on disk.
    public let bytes: Int

    public init(offset: EventOffset, notification: Notification, bytes: Int = 0) {
        self.offset = offset
        self.notification = notification
        self.bytes = bytes
    }
}
