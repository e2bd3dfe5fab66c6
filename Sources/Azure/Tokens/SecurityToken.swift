public import Notifications

/// What is put to `$cbs` (reference 4.3).
public struct SecurityToken: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case sharedAccessSignature = "servicebus.windows.net:sastoken"
        case jwt
    }

    public var text: Secret
    public var kind: Kind
    /// In seconds since 1970; `nil` where that is not known.
    public var expiry: Int64?
    /// Whether its source would make another one later.
    public var isRenewable: Bool

    public init(text: Secret, kind: Kind, expiry: Int64?, isRenewable: Bool = true) {
        self.text = text
        self.kind = kind
        self.expiry = expiry
        self.isRenewable = isRenewable
    }
}

/// Where tokens come from.
public protocol TokenSource: Sendable {
    /// A token that is good from now on.
    ///
    /// - Parameter audience: the URI of what it is to hold for.
    func token(for audience: String) async throws(EndpointFailure) -> SecurityToken

    /// A token from before that still holds, for where no new one can be had; `nil` where none is kept.
    func spareToken(for audience: String) async -> SecurityToken?

    /// The far side did not take a token of this source.
    func wasRefused(_ token: SecurityToken) async
}

extension TokenSource {
    public func spareToken(for audience: String) async -> SecurityToken? { nil }

    public func wasRefused(_ token: SecurityToken) async {}
}

/// Signs tokens with a shared access key.
public struct SharedAccessKeyTokens: TokenSource {
    /// How long a token holds where nothing else is said.
    public static let life: Duration = .seconds(3600)

    private let name: String
    private let key: Secret
    private let life: Duration
    private let now: @Sendable () -> Int64

    /// - Parameter now: seconds since 1970.
    public init(
        name: String, key: Secret, life: Duration = Self.life, now: @escaping @Sendable () -> Int64 = { UnixTime.now }
    ) {
        self.name = name
        self.key = key
        self.life = life
        self.now = now
    }

    public func token(for audience: String) -> SecurityToken {
        let expiry = now() + life.components.seconds
        let text = SharedAccessSignature.text(resource: audience, keyName: name, key: key.revealed, expiry: expiry)
        return SecurityToken(text: Secret(text), kind: .sharedAccessSignature, expiry: expiry)
    }
}

/// A `SharedAccessSignature` that somebody else made: it is put as it is, for as long as it holds.
public struct GivenSignature: TokenSource {
    private let text: Secret

    public init(_ text: Secret) {
        self.text = text
    }

    public func token(for audience: String) -> SecurityToken {
        SecurityToken(
            text: text, kind: .sharedAccessSignature, expiry: SharedAccessSignature.expiry(of: text.revealed),
            isRenewable: false)
    }
}
