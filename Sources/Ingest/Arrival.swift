import HeaderSerialization
import Routing

/// A message that a subscription's template matched, and when it came.
struct Arrival {
    var publish: MQTTPublish
    var captures: TopicCaptures
    /// Milliseconds since 1970-01-01T00:00:00Z.
    var milliseconds: Int64
    /// The same instant in RFC 3339.
    var time: String

    /// The template's `{subject}`; without one, the whole topic.
    func subject() throws(RefusalReason) -> String {
        let subject = captures["subject"] ?? publish.topic
        guard !subject.isEmpty else { throw .emptySubject }
        return subject
    }
}
