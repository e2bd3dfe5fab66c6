import Notifications

/// Signing in to an endpoint with Microsoft Entra ID instead of a key.
public struct EndpointIdentity: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An application with a secret.
        case clientSecret
        /// An application with a certificate.
        case clientCertificate
        /// What Azure gives to the machine or App Service that this runs on.
        case managed
        /// An application that trusts the tokens of a Kubernetes cluster or another issuer.
        case workload
        /// Who has logged in with `az login`.
        case azureCLI
    }

    public var kind: Kind
    public var tenant: String?
    public var client: String?
    public var secret: Secret?
    /// PEM file with certificate and key.
    public var certificate: String?
    public var tokenFile: String?
    /// `nil`: the public cloud's.
    public var authority: String?
    /// PEM file of the authorities that the authority's certificate is checked with; `nil` trusts the system's.
    public var ca: String?

    public init(
        kind: Kind, tenant: String? = nil, client: String? = nil, secret: Secret? = nil, certificate: String? = nil,
        tokenFile: String? = nil, authority: String? = nil, ca: String? = nil
    ) {
        self.kind = kind
        self.tenant = tenant
        self.client = client
        self.secret = secret
        self.certificate = certificate
        self.tokenFile = tokenFile
        self.authority = authority
        self.ca = ca
    }
}
