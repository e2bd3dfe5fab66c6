public import Notifications

/// A bearer token of Microsoft Entra ID.
public struct AccessToken: Sendable, Hashable {
    public var text: Secret
    /// When it came and when its time is over, in seconds since 1970.
    public var obtained: Int64
    public var expiry: Int64

    public init(text: Secret, obtained: Int64, expiry: Int64) {
        self.text = text
        self.obtained = obtained
        self.expiry = expiry
    }

    private var life: Int64 { expiry - obtained }

    /// Whether it is served to whoever asks: in the first half of its time, so that who holds a token
    /// as long as that and asks again gets another one.
    func isFresh(at now: Int64) -> Bool { now < obtained + max(1, life / 2) && isUsable(at: now) }

    /// Whether it is still good enough for a request, with a margin for the way and for other clocks.
    func isUsable(at now: Int64) -> Bool { now < expiry - min(60, life / 10) }
}
