import Notifications

/// An event as an endpoint reads it: its sequence number is set.
public struct JournalEvent: Sendable, Hashable {
    public let offset: EventOffset
    public let notification: Notification

    public init(offset: EventOffset, notification: Notification) {
        self.offset = offset
        self.notification = notification
    }
}
