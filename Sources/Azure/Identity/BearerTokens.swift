import Notifications
import Synchronization

/// The bearer token of the next request. It is renewed at half of its time, while requests go on
/// with the one that is there.
final class BearerTokens: Sendable {
    private struct Renewal {
        var schedule = TokenSchedule()
        var isUnderWay = false
        var notBefore: Int64 = 0
    }

    private let source: IdentityTokens
    private let now: @Sendable () -> Int64
    private let renewal = Mutex(Renewal())

    /// - Parameter now: seconds since 1970.
    init(_ source: IdentityTokens, now: @escaping @Sendable () -> Int64 = { UnixTime.now }) {
        self.source = source
        self.now = now
    }

    func current() async throws(EndpointFailure) -> String {
        guard let token = await source.spare() else { return try await source.token().text.revealed }
        if !token.isFresh(at: now()) { renew() }
        return token.text.revealed
    }

    /// The far side did not take it.
    func wasRefused(_ text: String) async {
        await source.drop(text)
    }

    private func renew() {
        let (source, now) = (source, now)
        let starts = renewal.withLock { renewal in
            guard !renewal.isUnderWay, now() >= renewal.notBefore else { return false }
            renewal.isUnderWay = true
            return true
        }
        guard starts else { return }
        Task {
            let isRenewed = (try? await source.token()) != nil
            renewal.withLock { renewal in
                renewal.isUnderWay = false
                guard !isRenewed else { return renewal.schedule = TokenSchedule() }
                renewal.notBefore = now() + renewal.schedule.failed(random: .random(in: 0...1)).components.seconds
            }
        }
    }
}
