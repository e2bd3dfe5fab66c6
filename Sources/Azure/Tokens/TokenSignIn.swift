/// Signing in at `$cbs`: where tokens come from and what they are for.
public struct TokenSignIn: Sendable {
    public var source: any TokenSource
    /// `sb://<namespace>/<entity>` (reference 4.3).
    public var audience: String

    public init(source: any TokenSource, audience: String) {
        self.source = source
        self.audience = audience
    }

    /// Returns when the token holds.
    func put(_ token: SecurityToken, with client: TokenClient) async throws(EndpointFailure) {
        do throws(EndpointFailure) {
            try await client.put(token, for: audience)
        } catch {
            if error.kind == .unauthorized { await source.wasRefused(token) }
            throw error
        }
    }

    /// For a new connection, which is as well off with a token from before.
    func tokenForConnecting() async throws(EndpointFailure) -> SecurityToken {
        do throws(EndpointFailure) {
            return try await source.token(for: audience)
        } catch {
            guard let spare = await source.spareToken(for: audience) else { throw error }
            return spare
        }
    }
}
