public import Notifications

/// An application that has a secret.
public struct ClientSecretIdentity: Identity {
    private let application: EntraApplication
    private let secret: Secret

    public init(_ application: EntraApplication, secret: Secret) {
        self.application = application
        self.secret = secret
    }

    public func token(for service: AzureService) async throws(EndpointFailure) -> AccessToken {
        try await application.token(for: service, credential: [("client_secret", secret.revealed)])
    }
}
