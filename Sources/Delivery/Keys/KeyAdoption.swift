import Azure

/// What came of a try to go on with another key on the session that is there.
enum KeyAdoption: Sendable {
    /// - `insteadOf`: why a key before it was not taken.
    case adopted(EndpointKey, insteadOf: EndpointFailure?)
    /// It takes a new session.
    case impossible
    /// None was accepted; the token before still holds.
    case failed(EndpointFailure)

    /// Tries the keys in turn.
    static func of(_ keys: [EndpointKey], _ connectors: KeyedConnectors, on feed: SessionFeed) async -> KeyAdoption {
        var adoption = KeyAdoption.impossible
        var refusal: EndpointFailure?
        for key in keys {
            do throws(EndpointFailure) {
                guard try await feed.adopt(connectors[key]) else { return .impossible }
                return .adopted(key, insteadOf: refusal)
            } catch {
                adoption = .failed(error)
                refusal = error
                guard error.kind == .unauthorized else { return adoption }
            }
        }
        return adoption
    }
}
