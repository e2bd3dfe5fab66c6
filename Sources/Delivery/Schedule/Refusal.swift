import Azure
import Journal

/// An event that its endpoint will never accept, with the far side's words.
struct Refusal: Sendable {
    /// What ``DeliverySchedule/buried(_:)`` is told.
    var id: UInt64
    var offset: EventOffset
    var failure: EndpointFailure
    /// The last tries, the one that decided at the end.
    var tries: [DeliveryTry]
}
