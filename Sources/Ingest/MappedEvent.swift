import Notifications

/// A message as an event, before routing.
struct MappedEvent {
    var notification: Notification
    /// The subject was created (again): its sequence begins at 1.
    var startsSubjectAnew = false
}
