/// A notification that is handed on by reference: from journal to endpoint it passes a dozen hands,
/// and each copy of its fields would cost a dozen reference counts.
public struct SharedNotification: Sendable, Hashable {
    @usableFromInline
    final class Storage: Sendable {
        @usableFromInline let notification: Notification

        @inlinable
        init(_ notification: Notification) {
            self.notification = notification
        }
    }

    @usableFromInline let storage: Storage

    @inlinable
    public init(_ notification: Notification) {
        storage = Storage(notification)
    }

    /// Read in place: a field of it costs no copy of the others.
    @inlinable
    public var notification: Notification {
        _read { yield storage.notification }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.storage === right.storage || left.notification == right.notification
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(notification)
    }
}
