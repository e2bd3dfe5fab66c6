public import AMQP
import AsyncHTTPClient
import HeaderSerialization
import NIOCore
import NIOHTTP1

/// An application that is registered in a tenant, and the way to where it asks for tokens.
public struct EntraApplication: Sendable, Hashable {
    public var authority: EntraAuthority
    public var tenant: String
    /// The application's id.
    public var client: String
    /// PEM file of the authorities that are trusted; `nil` trusts the system's.
    public var trusted: String?
    public var proxy: ProxySettings?

    public init(
        authority: EntraAuthority = .publicCloud, tenant: String, client: String, trusted: String? = nil,
        proxy: ProxySettings? = nil
    ) {
        self.authority = authority
        self.tenant = tenant
        self.client = client
        self.trusted = trusted
        self.proxy = proxy
    }

    var tokenURL: String { "\(authority.origin)/\(PercentEncoding.encode(tenant))/oauth2/v2.0/token" }

    /// The client credentials grant (RFC 6749, 4.4).
    ///
    /// - Parameter credential: the fields that show who is asking.
    func token(
        for service: AzureService, credential: [(String, String)]
    ) async throws(EndpointFailure) -> AccessToken {
        let form = [("grant_type", "client_credentials"), ("client_id", client), ("scope", service.scope)] + credential
        var request = HTTPClientRequest(url: tokenURL)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        let body = form.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await IdentityAnswer(to: request, host: authority.host, trusted: trusted, proxy: proxy)
        return try answer.token(now: UnixTime.now, reading: { EntraFailure(status: $0, answer: $1) })
    }

    /// The form field beside an assertion that the application makes of itself (RFC 7523).
    static let assertionType = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
}
