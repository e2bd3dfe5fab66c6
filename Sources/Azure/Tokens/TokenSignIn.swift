/// Signing in at `$cbs`: where tokens come from and what they are for.
public struct TokenSignIn: Sendable {
    public var source: any TokenSource
    /// `sb://<namespace>/<entity>` (reference 4.3).
    public var audience: String

    public init(source: any TokenSource, audience: String) {
        self.source = source
        self.audience = audience
    }
}
