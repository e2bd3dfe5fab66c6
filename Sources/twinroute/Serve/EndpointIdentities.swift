import AMQP
import Azure
import Foundation
import Routing

/// From what the operator wrote of an endpoint's identity to where its tokens come from.
enum EndpointIdentities {
    /// Of the whole process: endpoints, and those that a reload brings, share their tokens.
    private static let cache = AccessTokenCache()

    static func tokens(_ identity: EndpointIdentity, of endpoint: EndpointDefinition) throws -> IdentityTokens {
        let service: AzureService =
            switch endpoint.type {
            case .eventHub: .eventHubs
            case .serviceBus: .serviceBus
            case .eventGrid: .eventGrid
            }
        let environment = ProcessInfo.processInfo.environment
        return IdentityTokens(try source(identity, of: endpoint, environment), for: service, cache: cache)
    }

    private static func source(
        _ identity: EndpointIdentity, of endpoint: EndpointDefinition, _ environment: [String: String]
    ) throws -> any Identity {
        switch (identity.kind, identity.secret, identity.certificate, identity.tokenFile) {
        case (.clientSecret, let secret?, _, _):
            return ClientSecretIdentity(try application(identity, of: endpoint, environment), secret: secret)
        case (.clientCertificate, _, let file?, _):
            return ClientCertificateIdentity(try application(identity, of: endpoint, environment), file: file)
        case (.workload, _, _, let file?):
            return WorkloadIdentity(try application(identity, of: endpoint, environment), tokenFile: file)
        case (.managed, _, _, _):
            return ManagedIdentity(.inEnvironment(environment), client: identity.client)
        case (.azureCLI, _, _, _):
            return AzureCLIIdentity(tenant: identity.tenant, searchPath: environment["PATH"] ?? "")
        default:
            throw incomplete(endpoint)
        }
    }

    private static func application(
        _ identity: EndpointIdentity, of endpoint: EndpointDefinition, _ environment: [String: String]
    ) throws -> EntraApplication {
        guard let tenant = identity.tenant, let client = identity.client else { throw incomplete(endpoint) }
        let authority = try identity.authority.map { try EntraAuthority(parsing: $0) } ?? .publicCloud
        return EntraApplication(
            authority: authority, tenant: tenant, client: client, trusted: identity.ca,
            proxy: try proxy(for: authority, of: endpoint, environment))
    }

    private static func proxy(
        for authority: EntraAuthority, of endpoint: EndpointDefinition, _ environment: [String: String]
    ) throws -> ProxySettings? {
        do throws(ProxyURL.Fault) {
            return try EndpointProxy.settings(of: endpoint, to: authority.host, overTLS: true, environment: environment)
        } catch {
            throw EndpointConnectors.UnusableEndpoint(
                description: "endpoint \(endpoint.id): the proxy for its tokens, as HTTPS_PROXY has it: \(error); \(error.remedy)")
        }
    }

    /// The configuration's check lets none of these through.
    private static func incomplete(_ endpoint: EndpointDefinition) -> EndpointConnectors.UnusableEndpoint {
        EndpointConnectors.UnusableEndpoint(description: "endpoint \(endpoint.id): its identity is not complete")
    }
}
