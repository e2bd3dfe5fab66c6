/// What every failure that a far side can name, or the way to it can have, means: one row each.
///
/// Conditions of AMQP follow reference 4.10, SASL the AMQP specification (part 5, 5.3.3.6), status
/// codes reference 4.3 (`$cbs`) and 5.4 (HTTP). Where Microsoft's clients disagree the row takes
/// the side that loses no event: it tries again.
public enum FailureTable {
    /// Where the word comes from.
    public enum Source: String, Sendable, Hashable, CaseIterable {
        case amqpCondition = "AMQP condition"
        case saslOutcome = "SASL outcome"
        case cbsStatus = "`$cbs` status"
        case httpStatus = "HTTP status"
        /// DNS, TCP, TLS and what else goes on before or below AMQP.
        case connection = "connection"
        /// The provider of access tokens: an error of OAuth 2 (RFC 6749, 5.2), a status, or what went
        /// wrong before it was asked.
        case identity = "identity"
        /// Found by this bridge before anything was sent.
        case bridge = "bridge"
    }

    public struct Row: Sendable, Hashable {
        public var source: Source
        public var word: String
        public var kind: FailureKind
        public var meaning: String

        init(_ source: Source, _ word: String, _ kind: FailureKind, _ meaning: String) {
            self.source = source
            self.word = word
            self.kind = kind
            self.meaning = meaning
        }
    }

    /// The kind of a word, `nil` where no row has it.
    public static func kind(of word: String, from source: Source) -> FailureKind? {
        index[Key(source: source, word: word)]
    }

    /// An AMQP condition of a detach, end or close. An unknown one is tried again.
    public static func kind(ofEnding condition: String?) -> FailureKind {
        condition.flatMap { kind(of: $0, from: .amqpCondition) } ?? .transient
    }

    /// An AMQP condition of a rejected outcome, our own refusals included. A rejection without a
    /// condition, or with one that nobody knows, is final: that is what the outcome says
    /// (part 3, 3.4.3).
    public static func kind(ofRejection condition: String?) -> FailureKind {
        guard let condition else { return .refused }
        return kind(of: condition, from: .amqpCondition) ?? kind(of: condition, from: .bridge) ?? .refused
    }

    /// A status of HTTP, or of a `$cbs` reply. An unknown one is read by its class.
    public static func kind(ofStatus status: Int, from source: Source = .httpStatus) -> FailureKind {
        if let kind = kind(of: "\(status)", from: source) { return kind }
        return switch status {
        // A redirect is not followed: the host is not the topic's.
        case 300..<400: .gone
        case 400..<500: .refused
        default: .transient
        }
    }

    private struct Key: Hashable {
        var source: Source
        var word: String
    }

    private static let index = Dictionary(
        rows.map { (Key(source: $0.source, word: $0.word), $0.kind) }, uniquingKeysWith: { first, _ in first })
}
