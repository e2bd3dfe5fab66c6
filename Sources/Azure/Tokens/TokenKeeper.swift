import AMQP
import Logging

/// Keeps one connection signed in: renews its token long before the time is over, and changes over
/// to another key. The token before holds until the new one is accepted, and sends go on.
///
/// One task does all of it, so that an old key's token never comes behind a new key's.
final class TokenKeeper: Sendable {
    private enum Command: Sendable {
        case due(number: Int)
        case adopt(TokenSignIn, CheckedContinuation<EndpointFailure?, Never>)
    }

    private let commands: AsyncStream<Command>.Continuation

    /// - Parameters:
    ///   - token: what was accepted when the connection signed in.
    ///   - onRefused: a renewal was refused; the token before still holds.
    init(
        _ client: TokenClient, _ signIn: TokenSignIn, accepted token: SecurityToken, logger: Logger,
        onRefused: @escaping @Sendable (EndpointFailure) -> Void
    ) {
        let (stream, input) = AsyncStream.makeStream(of: Command.self)
        commands = input
        Task {
            let run = Run(client, signIn, input, logger, onRefused)
            run.wait(for: token)
            for await command in stream { await run.perform(command) }
            run.stop()
        }
    }

    deinit {
        commands.finish()
    }

    /// Signs in with another key, on the same connection; when that fails all stays as it is.
    func adopt(_ signIn: TokenSignIn) async throws(EndpointFailure) {
        let failure: EndpointFailure? = await withCheckedContinuation { continuation in
            guard case .enqueued = commands.yield(.adopt(signIn, continuation)) else {
                return continuation.resume(returning: EndpointFailure(AMQPError.closedLocally))
            }
        }
        if let failure { throw failure }
    }

    /// The connection ends: nothing is renewed any more.
    func stop() {
        commands.finish()
    }

    /// What the task knows.
    private final class Run {
        private let client: TokenClient
        private var signIn: TokenSignIn
        private let input: AsyncStream<Command>.Continuation
        private let logger: Logger
        private let onRefused: @Sendable (EndpointFailure) -> Void
        private var schedule = TokenSchedule()
        private var timer: Task<Void, Never>?
        private var number = 0

        init(
            _ client: TokenClient, _ signIn: TokenSignIn, _ input: AsyncStream<Command>.Continuation, _ logger: Logger,
            _ onRefused: @escaping @Sendable (EndpointFailure) -> Void
        ) {
            self.client = client
            self.signIn = signIn
            self.input = input
            self.logger = logger
            self.onRefused = onRefused
        }

        func perform(_ command: Command) async {
            switch command {
            case .due(let number):
                if number == self.number { await renew() }
            case .adopt(let other, let done):
                do throws(EndpointFailure) {
                    wait(for: try await put(other))
                    signIn = other
                    done.resume(returning: nil)
                } catch {
                    done.resume(returning: error)
                }
            }
        }

        /// Until half of the token's time is over.
        func wait(for token: SecurityToken) {
            stop()
            guard let expiry = token.expiry, token.isRenewable else { return }
            arm(schedule.accepted(life: .seconds(expiry - UnixTime.now)))
        }

        func stop() {
            number += 1
            timer?.cancel()
            timer = nil
        }

        private func renew() async {
            do throws(EndpointFailure) {
                wait(for: try await put(signIn))
                logger.debug("token renewed")
            } catch {
                let pause = schedule.failed(random: .random(in: 0...1), retryAfter: error.retryAfter)
                logger.warning(
                    "a token could not be renewed; the one before still holds",
                    metadata: [
                        LogKey.condition: "\(error.condition)", LogKey.reason: "\(error.detail)", LogKey.wait: "\(pause)",
                    ])
                stop()
                arm(pause)
                if error.kind == .unauthorized { onRefused(error) }
            }
        }

        private func put(_ signIn: TokenSignIn) async throws(EndpointFailure) -> SecurityToken {
            let token = try await signIn.source.token(for: signIn.audience)
            try await signIn.put(token, with: client)
            return token
        }

        private func arm(_ delay: Duration) {
            let (number, input) = (number, input)
            timer = Task {
                if (try? await Task.sleep(for: delay)) != nil { input.yield(.due(number: number)) }
            }
        }
    }
}
