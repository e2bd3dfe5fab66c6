import Journal

/// An event that its endpoint will never accept, with the far side's words.
struct Refusal: Sendable {
    var offset: EventOffset
    var condition: String
    var description: String
}
