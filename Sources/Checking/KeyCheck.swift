import AMQP
import Azure
import Logging
import NIOCore
import Synchronization

/// One key of an entity: token, SASL, `$cbs`, link, partitions.
struct KeyCheck: Sendable {
    let key: AMQPEndpointCheck.Key
    let connection: AMQP.ConnectionConfiguration
    let hasPartitions: Bool
    let group: any EventLoopGroup

    /// - Returns: seconds since 1970 by the far side's clock, where a refusal tells something of it.
    func check(_ run: inout StepRun) async -> Int64? {
        let token = key.signIn == nil ? nil : await takeToken(&run)
        let (signedIn, clock) = await signIn(&run, token)
        let address = key.address
        _ = await run.perform("link", key: key.name) { () async throws(StepFailure) -> Found<Void> in
            guard let signedIn else { throw StepFailure("no connection") }
            do throws(EndpointFailure) {
                let bytes = try await signedIn.largestMessage(to: address)
                let size = bytes == 0 ? "of any size" : "up to \(bytes / 1024) KiB"
                return Found(value: (), detail: "\(address) takes messages \(size)")
            } catch {
                throw StepFailure(error)
            }
        }
        if hasPartitions { await readPartitions(&run, signedIn) }
        if let signedIn { _ = await within(.seconds(1)) { await signedIn.close() } }
        return clock
    }

    private func takeToken(_ run: inout StepRun) async -> SecurityToken? {
        guard let signIn = key.signIn else { return nil }
        return await run.perform("token", key: key.name) { () async throws(StepFailure) -> Found<SecurityToken> in
            do throws(EndpointFailure) {
                let token = try await signIn.source.token(for: signIn.audience)
                let kind = token.kind == .jwt ? "Entra token" : "SAS token"
                guard let expiry = token.expiry else { return Found(value: token, detail: kind) }
                // A given one may say any number.
                let left = min(max(expiry, 0), 1 << 40) - UnixTime.now
                guard left > 0 else {
                    throw EndpointFailure(
                        kind: .unauthorized, condition: kind, detail: "its time was over \(-left / 60) min ago; make a new one, or write a key")
                }
                return Found(value: token, detail: "\(kind) for \(signIn.audience), \(left / 60) min left")
            } catch {
                throw StepFailure(error)
            }
        }
    }

    /// SASL and `$cbs` come in one go, as for the bridge; how far it came is told by its progress.
    private func signIn(_ run: inout StepRun, _ token: SecurityToken?) async -> (SignedInConnection?, Int64?) {
        let steps = ["SASL"] + (key.signIn == nil ? [] : ["CBS"])
        guard run.mayTry(steps[0], key: key.name) else {
            for step in steps.dropFirst() { _ = run.mayTry(step, key: key.name) }
            return (nil, nil)
        }
        let opened = Opened()
        let started = ContinuousClock.now
        let (connection, group, limit) = (connection, group, connection.connectTimeout)
        let again = key.signIn.flatMap { signIn in
            token.map { TokenSignIn(source: OneToken(token: $0), audience: signIn.audience) }
        }
        let outcome = await within(limit * steps.count + .milliseconds(500)) { () async -> Result<SignedInConnection, EndpointFailure> in
            do throws(EndpointFailure) {
                return .success(
                    try await SignedInConnection.open(
                        connection, signIn: again, on: group, logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() },
                        onConnected: { opened.after = .now - started }))
            } catch {
                return .failure(error)
            }
        }
        let total = ContinuousClock.now - started
        let connected = opened.after
        if let connected { run.note(CheckStep("SASL", key: key.name, .ok, mechanism, duration: connected)) }
        let next = connected == nil ? "SASL" : "CBS"
        let duration = total - (connected ?? .zero)
        switch outcome {
        case .success(let signedIn):
            if key.signIn != nil { run.note(CheckStep("CBS", key: key.name, .ok, "the token is accepted", duration: duration)) }
            return (signedIn, nil)
        case .failure(let failure):
            let told = StepFailure(failure)
            run.note(CheckStep(next, key: key.name, .failed, told.detail, remedy: told.remedy, duration: duration))
            if next != steps.last { _ = run.mayTry(steps[1], key: key.name) }
            return (nil, Self.time(in: failure, token))
        case nil where Task.isCancelled:
            run.note(CheckStep(next, key: key.name, .skipped, "interrupted", duration: duration))
        case nil:
            run.note(
                CheckStep(
                    next, key: key.name, .failed, "no answer within \(limit)", remedy: "see whether this is an AMQP 1.0 port; --timeout waits longer",
                    duration: duration))
            if next != steps.last { _ = run.mayTry(steps[1], key: key.name) }
        }
        return (nil, nil)
    }

    private var mechanism: String {
        switch connection.authentication {
        case .none: "none wanted, connection open"
        case .anonymous: "ANONYMOUS, connection open"
        case .plain(let user, _): "PLAIN as '\(user)', connection open"
        case .external: "EXTERNAL, connection open"
        }
    }

    /// A token, made a moment ago, that holds by this machine's clock, and whose time is over by the other one's: that one is
    /// at least as late.
    static func time(in failure: EndpointFailure, _ token: SecurityToken?) -> Int64? {
        guard failure.detail.lowercased().contains("expired"), let token, token.isRenewable, let expiry = token.expiry,
            expiry > UnixTime.now
        else { return nil }
        return expiry
    }

    private func readPartitions(_ run: inout StepRun, _ signedIn: SignedInConnection?) async {
        let address = key.address
        _ = await run.perform("partitions", key: key.name, decides: false) { () async throws(StepFailure) -> Found<Void> in
            guard let signedIn else { throw StepFailure("no connection") }
            do throws(EndpointFailure) {
                let ids = try await signedIn.partitions(of: address)
                let shown = ids.prefix(8).joined(separator: ", ") + (ids.count > 8 ? ", …" : "")
                return Found(value: (), detail: "\(ids.count): \(shown)")
            } catch {
                return Found(
                    value: (), outcome: .warning, detail: "not known, \(error.detail)",
                    remedy: "batches then hold events of one key; check that `path` is an event hub")
            }
        }
    }

    private final class Opened: Sendable {
        private let stored = Mutex<Duration?>(nil)

        var after: Duration? {
            get { stored.withLock { $0 } }
            set { stored.withLock { $0 = newValue } }
        }
    }
}

/// The token that was looked at already.
private struct OneToken: TokenSource {
    var token: SecurityToken

    func token(for audience: String) async throws(EndpointFailure) -> SecurityToken { token }
}
