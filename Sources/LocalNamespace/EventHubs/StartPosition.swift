import AMQPCodec

/// Where a reader of a partition begins.
enum StartPosition: Sendable, Hashable {
    case beginning
    /// With the next event that arrives.
    case end
    case offset(Int64, inclusive: Bool)
    case sequence(Int64, inclusive: Bool)
    case time(Milliseconds, inclusive: Bool)

    static let filterName = "apache.org:selector-filter:string"

    /// What a source's filter set asks for; without a filter, everything (reference 4.12). Nil where
    /// the filter cannot be read.
    init?(filters: AMQPMap) {
        guard let filter = filters[Self.filterName] else {
            self = .beginning
            return
        }
        let value = if case .described(_, let inner) = filter { inner } else { filter }
        guard let text = value.text else { return nil }
        self.init(selector: text)
    }

    /// `amqp.annotation.NAME > 'VALUE'` or with `>=`.
    init?(selector: String) {
        guard let operation = selector.firstIndex(of: ">") else { return nil }
        let name = selector[..<operation].filter { !$0.isWhitespace }
        var rest = selector[operation...].dropFirst()
        let inclusive = rest.first == "="
        if inclusive { rest = rest.dropFirst() }
        let value = rest.filter { !$0.isWhitespace && $0 != "'" && $0 != "\"" }
        switch (name, Int64(value)) {
        case ("amqp.annotation.x-opt-offset", nil) where value == "@latest": self = .end
        case ("amqp.annotation.x-opt-offset", let number?):
            self = number < 0 ? .beginning : .offset(number, inclusive: inclusive)
        case ("amqp.annotation.x-opt-sequence-number", let number?): self = .sequence(number, inclusive: inclusive)
        case ("amqp.annotation.x-opt-enqueued-time", let number?),
            ("amqp.annotation.x-opt-enqueuedtimeutc", let number?):
            self = .time(number, inclusive: inclusive)
        default: return nil
        }
    }
}
