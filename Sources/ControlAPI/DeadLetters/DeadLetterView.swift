import HTTPServing
import HeaderSerialization
import Journal
import Notifications

/// A dead letter as the API shows it.
struct DeadLetterView: Encodable {
    /// The event's attributes; its body is shown with the one letter only.
    struct Event: Encodable {
        var id: String
        var source: String
        var type: String
        var subject: String?
        var time: String?
        var sequence: String?
        var datacontenttype: String?
    }

    struct Try: Encodable {
        var at: String
        var condition: String
        var description: String
    }

    var id: Int64
    var endpoint: String
    var condition: String
    var description: String
    var recordedAt: String
    var bytes: Int
    var tries: [Try]
    var event: Event?
    /// Why the event cannot be read.
    var damage: String?

    init(_ letter: DeadLetter) {
        id = letter.id
        endpoint = letter.endpoint.rawValue
        condition = letter.reason.condition
        description = letter.reason.description
        recordedAt = RFC3339.text(milliseconds: letter.recordedAtMilliseconds)
        bytes = letter.bytes
        tries = letter.reason.tries.map {
            Try(at: RFC3339.text(milliseconds: $0.atMilliseconds), condition: $0.condition, description: $0.description)
        }
        event = letter.notification.map {
            Event(
                id: $0.id, source: $0.source, type: $0.type, subject: $0.subject, time: $0.time,
                sequence: $0.sequence.map { "\($0)" }, datacontenttype: $0.dataContentType)
        }
        damage = letter.damage
    }

    /// The letter with its event as a CloudEvent in structured mode, the body's bytes untouched.
    static func whole(_ letter: DeadLetter) -> HTTPResponse {
        var view = DeadLetterView(letter)
        guard let notification = letter.notification, let event = structured(notification) else { return .json(view) }
        view.event = nil
        var answer = HTTPResponse.json(view)
        // The view is an object with members.
        answer.body.removeLast()
        answer.body += Array(#","event":"#.utf8) + event + [UInt8(ascii: "}")]
        return answer
    }

    /// A body that is not what its content type says may be the very reason of the letter: it is
    /// shown in base64 then.
    private static func structured(_ notification: Notification) -> [UInt8]? {
        var bytes: [UInt8] = []
        if (try? JSONEventFormat().encode(notification, into: &bytes)) != nil { return bytes }
        var untyped = notification
        untyped.dataContentType = nil
        return (try? JSONEventFormat().encode(untyped, into: &bytes)) == nil ? nil : bytes
    }
}

/// A page of them.
struct DeadLetterPage: Encodable {
    var value: [DeadLetterView]
    var nextLink: String?
}

/// Dead letters of one endpoint with one condition.
struct DeadLetterGroupView: Encodable {
    var endpoint: String
    var condition: String
    var count: Int
    var firstAt: String
    var lastAt: String

    init(_ group: DeadLetterGroup) {
        endpoint = group.endpoint.rawValue
        condition = group.condition
        count = group.count
        firstAt = RFC3339.text(milliseconds: group.firstAtMilliseconds)
        lastAt = RFC3339.text(milliseconds: group.lastAtMilliseconds)
    }
}
