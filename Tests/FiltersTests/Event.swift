import Notifications

/// Foundation has a Notification of its own.
typealias Event = Notifications.Notification
