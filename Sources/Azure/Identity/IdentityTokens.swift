import Notifications

/// An identity's tokens for one service, as `$cbs` and Event Grid take them.
public struct IdentityTokens: Sendable {
    private let identity: any Identity
    private let service: AzureService
    private let cache: AccessTokenCache

    public init(_ identity: any Identity, for service: AzureService, cache: AccessTokenCache) {
        self.identity = identity
        self.service = service
        self.cache = cache
    }

    func token() async throws(EndpointFailure) -> AccessToken {
        try await cache.token(for: service, of: identity)
    }

    func spare() async -> AccessToken? {
        await cache.spare(for: service, of: identity)
    }

    func drop(_ text: String) async {
        await cache.drop(text, for: service, of: identity)
    }
}

extension IdentityTokens: TokenSource {
    public func token(for audience: String) async throws(EndpointFailure) -> SecurityToken {
        SecurityToken(try await token())
    }

    public func spareToken(for audience: String) async -> SecurityToken? {
        await spare().map(SecurityToken.init)
    }

    public func wasRefused(_ token: SecurityToken) async {
        await drop(token.text.revealed)
    }
}

extension SecurityToken {
    fileprivate init(_ token: AccessToken) {
        self.init(text: token.text, kind: .jwt, expiry: token.expiry)
    }
}
