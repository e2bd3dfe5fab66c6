import HeaderSerialization

extension EndpointFailure {
    /// The condition of an event that this bridge itself could not write for the endpoint.
    static let unwritableCondition = "twinroute:cannot-be-written"

    init(unwritable error: SerializationError) {
        self.init(
            kind: FailureTable.kind(ofRejection: Self.unwritableCondition), condition: Self.unwritableCondition,
            detail: "\(error)")
    }
}
