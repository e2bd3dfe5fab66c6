import AMQP
import Logging
import NIOCore
import Notifications
import Synchronization

/// Attaches what a session sends with, over a connection that is signed in.
enum SendingWay {
    /// - Parameter securityToken: the token of the connection; `nil` where SASL was all.
    static func open(
        _ connection: Connection, to address: String, _ writer: AMQPMessageWriter, _ batches: BatchLimits?,
        securityToken: String? = nil, group: any EventLoopGroup, logger: Logger,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(AMQPError) -> any EventSending {
        var target = address
        if writer.entity == .eventHub, case .partition(let number) = writer.partitionBy {
            target = "\(address)/Partitions/\(number)"
        }
        guard let batches, batches.events > 1 else {
            return try await singleMessages(connection, target, writer, onReports)
        }
        var partitions: [String] = []
        if writer.entity == .eventHub, case .attribute = writer.partitionBy {
            partitions = await EventHubPartitions.read(
                of: address, over: connection, securityToken: securityToken, logger: logger)
        }
        return try await BatchSender.attach(
            connection, to: target, BatchRouting(writer: writer, partitions: partitions), batches, on: group.next(),
            onReports: onReports)
    }

    private static func singleMessages(
        _ connection: Connection, _ address: String, _ writer: AMQPMessageWriter,
        _ onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(AMQPError) -> SingleMessages {
        let followUps = FollowUps()
        let sender = try await connection.openSender(to: address) { settlements in
            followUps.send(onReports(settlements.map(DeliveryReport.init)))
        }
        let sending = SingleMessages(sender: sender, writer: writer, onReports: onReports)
        followUps.sending.withLock { $0 = sending }
        return sending
    }
}

/// What reports call for, sent over the link that they came from. The sender is there before
/// anything is sent, so before any report.
private final class FollowUps: Sendable {
    let sending = Mutex<SingleMessages?>(nil)

    func send(_ events: [OutboundEvent]) {
        guard !events.isEmpty else { return }
        sending.withLock { $0 }?.send(events)
    }
}
