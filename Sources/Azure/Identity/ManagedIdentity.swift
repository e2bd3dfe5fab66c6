import AsyncHTTPClient
import HeaderSerialization
import NIOCore
import NIOHTTP1
public import Notifications

/// The identity that Azure gives to the machine, or to the App Service or container app, that this runs on.
public struct ManagedIdentity: Identity {
    public enum Place: Sendable, Hashable {
        /// The instance metadata service of a virtual machine, at an origin such as `http://169.254.169.254`.
        case instanceMetadata(origin: String)
        case appService(endpoint: String, header: Secret)

        static let metadataOrigin = "http://169.254.169.254"

        /// As Azure's own libraries find it.
        public static func inEnvironment(_ environment: [String: String]) -> Place {
            if let endpoint = environment["IDENTITY_ENDPOINT"], let header = environment["IDENTITY_HEADER"], !endpoint.isEmpty, !header.isEmpty {
                return .appService(endpoint: endpoint, header: Secret(header))
            }
            var origin = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"].flatMap { $0.isEmpty ? nil : $0 } ?? metadataOrigin
            while origin.hasSuffix("/") { origin.removeLast() }
            return .instanceMetadata(origin: origin)
        }
    }

    private let place: Place
    private let client: String?

    /// - Parameter client: of a user-assigned identity; `nil` takes the system-assigned one.
    public init(_ place: Place, client: String? = nil) {
        self.place = place
        self.client = client
    }

    public func token(for service: AzureService) async throws(EndpointFailure) -> AccessToken {
        let answer = try await IdentityAnswer(to: request(for: service), host: what, connectLimit: .seconds(5))
        return try answer.token(now: UnixTime.now, reading: { EntraFailure(managedStatus: $0, answer: $1) })
    }

    private var what: String {
        switch place {
        case .instanceMetadata: "the metadata service (is this machine in Azure?)"
        case .appService: "the identity endpoint of the App Service"
        }
    }

    func request(for service: AzureService) -> HTTPClientRequest {
        var query = "resource=\(PercentEncoding.encode(service.resource))"
        if let client { query += "&client_id=\(PercentEncoding.encode(client))" }
        switch place {
        case .instanceMetadata(let origin):
            var request = HTTPClientRequest(url: "\(origin)/metadata/identity/oauth2/token?api-version=2018-02-01&\(query)")
            request.headers.add(name: "metadata", value: "true")
            return request
        case .appService(let endpoint, let header):
            let separator = endpoint.contains("?") ? "&" : "?"
            var request = HTTPClientRequest(url: "\(endpoint)\(separator)api-version=2019-08-01&\(query)")
            request.headers.add(name: "x-identity-header", value: header.revealed)
            return request
        }
    }
}
