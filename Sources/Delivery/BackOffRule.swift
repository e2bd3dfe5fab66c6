public import Azure

/// How the waits after failures of one kind grow.
public struct BackOffRule: Sendable, Hashable {
    /// Never less than this.
    public var floor: Duration = .zero
    /// The longest first wait above the floor; doubles with each failure in a row.
    public var base: Duration
    /// The longest of all.
    public var cap: Duration

    /// Of a session that cannot be made, or ended. A network comes back in seconds and nobody is
    /// asked for leave, so its cap is low; a key or an entity waits for a person, up to the 30
    /// minutes of the seed "Egress and endpoints".
    public static func ofSession(_ kind: FailureKind) -> BackOffRule {
        switch kind {
        case .transient: BackOffRule(base: .milliseconds(200), cap: .seconds(30))
        case .timedOut: BackOffRule(base: .milliseconds(500), cap: .seconds(60))
        // Reference 4.10: 4 s or more where the far side names no time.
        case .throttled: BackOffRule(floor: .seconds(4), base: .seconds(1), cap: .seconds(5 * 60))
        case .unauthorized, .gone: BackOffRule(base: .seconds(2), cap: longest)
        case .refused, .tooLarge: BackOffRule(base: .seconds(2), cap: longest)
        case .internalError: BackOffRule(base: .seconds(1), cap: .seconds(60))
        }
    }

    /// Of a delivery that came back while its session lives.
    public static let ofDelivery = BackOffRule(base: .milliseconds(100), cap: .seconds(30))

    /// No wait is longer, whatever a far side asks for.
    public static let longest: Duration = .seconds(30 * 60)
}
