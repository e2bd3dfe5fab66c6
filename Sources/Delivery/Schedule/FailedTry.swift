/// A try to deliver an event that failed.
struct FailedTry: Sendable, Hashable {
    /// Milliseconds since 1970, by the wall clock.
    var wallMilliseconds: Int64
    var condition: String
    var description: String
}
