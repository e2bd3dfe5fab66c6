/// Somebody who gets access tokens from Microsoft Entra ID. Equal identities share their tokens.
public protocol Identity: Sendable, Hashable {
    /// Asks for a new token, each time. Ends within a minute.
    func token(for service: AzureService) async throws(EndpointFailure) -> AccessToken
}
