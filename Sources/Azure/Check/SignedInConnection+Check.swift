import AMQP
import Notifications

/// What `check --connect` asks of a connection that is signed in. None of it is an event.
extension SignedInConnection {
    /// Attaches a link that sends to `address`, as a session does, and detaches it again.
    ///
    /// - Returns: bytes that a message may have; 0: as many as there are.
    public func largestMessage(to address: String) async throws(EndpointFailure) -> UInt64 {
        do throws(AMQPError) {
            let sender = try await connection.openSender(to: address) { _ in }
            let bytes = sender.maxMessageSize
            await sender.detach()
            return bytes
        } catch {
            throw EndpointFailure(error)
        }
    }

    /// The ids of a hub's partitions, from `$management` (reference 4.11).
    public func partitions(of hub: String) async throws(EndpointFailure) -> [String] {
        try await EventHubPartitions.ask(hub, connection, token?.text.revealed)
    }
}
