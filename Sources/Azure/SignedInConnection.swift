public import AMQP
public import Logging
public import NIOCore

/// A connection that may be used: signed in by SASL, or with a token that is renewed for as long as
/// the connection is open.
public struct SignedInConnection: Sendable {
    public let connection: Connection
    let tokens: TokenKeeper?
    /// What it signed in with.
    let token: SecurityToken?

    /// - Parameters:
    ///   - signIn: tokens for `$cbs`; `nil` where the SASL login is all.
    ///   - onConnected: the far side listens; the token is put next.
    ///   - onRefused: a renewal was refused; the token before still holds.
    public static func open(
        _ configuration: ConnectionConfiguration, signIn: TokenSignIn?, on group: any EventLoopGroup, logger: Logger,
        onConnected: () -> Void = {}, onRefused: @escaping @Sendable (EndpointFailure) -> Void = { _ in }
    ) async throws(EndpointFailure) -> SignedInConnection {
        guard let signIn else {
            let connection = try await connect(configuration, group, logger)
            onConnected()
            return SignedInConnection(connection: connection, tokens: nil, token: nil)
        }
        // Before the connection, which is dropped when it has no token after 20 seconds.
        let token = try await signIn.tokenForConnecting()
        let connection = try await connect(configuration, group, logger)
        onConnected()
        do throws(EndpointFailure) {
            let client = TokenClient(connection: connection)
            try await signIn.put(token, with: client)
            let tokens = TokenKeeper(client, signIn, accepted: token, logger: logger, onRefused: onRefused)
            return SignedInConnection(connection: connection, tokens: tokens, token: token)
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func connect(
        _ configuration: ConnectionConfiguration, _ group: any EventLoopGroup, _ logger: Logger
    ) async throws(EndpointFailure) -> Connection {
        do throws(AMQPError) {
            return try await Connection.connect(configuration, on: group, logger: logger)
        } catch {
            throw EndpointFailure(error)
        }
    }

    /// Takes leave of the far side, for a bounded time.
    public func close() async {
        tokens?.stop()
        await connection.close()
    }
}
