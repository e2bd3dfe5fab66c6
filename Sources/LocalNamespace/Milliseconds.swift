/// Milliseconds since 1970-01-01T00:00:00Z, as AMQP timestamps have them. Everything that decides
/// by time is told the time.
typealias Milliseconds = Int64

extension Duration {
    var wholeMilliseconds: Milliseconds {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
