import AMQP
import Notifications

/// Tokens of all identities, so that endpoints with the same one share their tokens: there is one
/// request at a time for each identity and service, and none while the provider has asked for patience.
public actor AccessTokenCache {
    private struct Key: Hashable {
        var identity: AnyHashable
        var service: AzureService
    }

    private struct Entry {
        var token: AccessToken?
        var request: Task<Result<AccessToken, EndpointFailure>, Never>?
        /// What is answered until then.
        var patience: (failure: EndpointFailure, until: Int64)?

        func isOfUse(at now: Int64) -> Bool {
            request != nil || (token?.isUsable(at: now) ?? false) || (patience.map { now < $0.until } ?? false)
        }
    }

    private let now: @Sendable () -> Int64
    private var entries: [Key: Entry] = [:]

    /// - Parameter now: seconds since 1970.
    public init(now: @escaping @Sendable () -> Int64 = { UnixTime.now }) {
        self.now = now
    }

    /// A token in the first half of its time.
    func token(for service: AzureService, of identity: some Identity) async throws(EndpointFailure) -> AccessToken {
        let key = Key(identity: AnyHashable(identity), service: service)
        let entry = entries[key] ?? Entry()
        let now = now()
        if let token = entry.token, token.isFresh(at: now) { return token }
        if let (failure, until) = entry.patience, now < until {
            var failure = failure
            failure.retryAfter = .seconds(until - now)
            throw failure
        }
        // Who is cancelled waits no longer; the request goes on, for others wait for it too.
        guard let answer = await (entry.request ?? ask(key, service, identity)).outcome() else {
            throw EndpointFailure(AMQPError.closedLocally)
        }
        return try answer.get()
    }

    /// A token that still holds, though it may be time for another one.
    func spare(for service: AzureService, of identity: some Identity) -> AccessToken? {
        guard let token = entries[Key(identity: AnyHashable(identity), service: service)]?.token, token.isUsable(at: now()) else {
            return nil
        }
        return token
    }

    /// The far side did not take a token: it is not served again.
    func drop(_ text: String, for service: AzureService, of identity: some Identity) {
        let key = Key(identity: AnyHashable(identity), service: service)
        if entries[key]?.token?.text.revealed == text { entries[key]?.token = nil }
    }

    private func ask(
        _ key: Key, _ service: AzureService, _ identity: some Identity
    ) -> Task<Result<AccessToken, EndpointFailure>, Never> {
        // Not cancelled with who asks first: others wait for it too.
        let request = Task {
            let result: Result<AccessToken, EndpointFailure>
            do throws(EndpointFailure) {
                result = .success(try await identity.token(for: service))
            } catch {
                result = .failure(error)
            }
            answered(key, result)
            return result
        }
        entries[key, default: Entry()].request = request
        return request
    }

    private func answered(_ key: Key, _ result: Result<AccessToken, EndpointFailure>) {
        let now = now()
        // Of identities that are no longer asked for nothing stays.
        entries = entries.filter { $0.key == key || $0.value.isOfUse(at: now) }
        entries[key]?.request = nil
        entries[key]?.patience = nil
        switch result {
        case .success(let token):
            entries[key]?.token = token
        case .failure(let failure):
            guard let wait = failure.retryAfter, wait > .zero else { return }
            entries[key]?.patience = (failure, now + max(1, min(wait, TokenSchedule.longestPatience).components.seconds))
        }
    }
}
