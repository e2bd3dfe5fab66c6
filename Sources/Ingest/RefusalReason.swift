/// Why a message costs itself and nothing else (promise 6). Each has a counter.
public enum RefusalReason: Error, Sendable, Hashable {
    /// No subscription's template matches the topic.
    case noTemplateMatches
    /// The level that names the subject is empty.
    case emptySubject
    case payloadTooLarge(bytes: Int, limit: Int)

    /// The counter's label: a fixed word, so that the number of counters is bounded.
    public var label: String {
        switch self {
        case .noTemplateMatches: "no-template-matches"
        case .emptySubject: "empty-subject"
        case .payloadTooLarge: "payload-too-large"
        }
    }
}

extension RefusalReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noTemplateMatches:
            "no subscription's topic template matches; add one for this topic or narrow the subscription"
        case .emptySubject:
            "the topic level that names the subject is empty; publish to a topic with the device's name in it"
        case .payloadTooLarge(let bytes, let limit):
            "the payload has \(bytes) bytes and the limit is \(limit); send less or raise maximumPayload"
        }
    }
}
