import HeaderSerialization
import NIOCore
import Notifications

/// Brings events of a session into requests, and answers back.
struct EventGridFeed: Sendable {
    let publisher: EventGridPublisher
    let writer: EventGridEventWriter
    let limits: EventGridLimits
    let onReports: @Sendable ([DeliveryReport]) -> [OutboundEvent]
    private let queue: EventGridQueue

    init(
        publisher: EventGridPublisher, writer: EventGridEventWriter, limits: EventGridLimits,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) {
        self.publisher = publisher
        self.writer = writer
        self.limits = limits
        self.onReports = onReports
        queue = EventGridQueue(limits: limits)
    }

    /// Writes the events where it is called, so that a request is put together by counting.
    func send(_ events: [OutboundEvent]) {
        var next = events
        while !next.isEmpty {
            let (written, refused) = write(next)
            queue.append(written)
            next = refused.isEmpty ? [] : onReports(refused)
        }
    }

    private func write(_ events: [OutboundEvent]) -> (written: [WrittenDelivery], refused: [DeliveryReport]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(events.reduce(0) { $0 + $1.notification.body.count + 512 })
        var places: [(id: UInt64, events: Int, range: Range<Int>)] = []
        var refused: [DeliveryReport] = []
        var index = 0
        while index < events.count {
            let (id, start) = (events[index].id, bytes.count)
            var count = 0
            var failure: EndpointFailure?
            while index < events.count, events[index].id == id {
                defer { index += 1 }
                guard failure == nil else { continue }
                if count > 0 { bytes.append(UInt8(ascii: ",")) }
                do throws(SerializationError) {
                    try writer.append(events[index].notification, to: &bytes)
                    count += 1
                } catch {
                    failure = EndpointFailure(unwritable: error)
                }
            }
            if failure == nil, bytes.count - start + 2 > limits.bytes { failure = tooLarge(bytes.count - start + 2) }
            if let failure {
                bytes.removeLast(bytes.count - start)
                refused.append(DeliveryReport(id: id, outcome: .failed(failure)))
            } else {
                places.append((id, count, start..<bytes.count))
            }
        }
        return (places.map { WrittenDelivery(id: $0.id, events: $0.events, bytes: bytes[$0.range]) }, refused)
    }

    private func tooLarge(_ bytes: Int) -> EndpointFailure {
        let condition = "message-too-large"
        return EndpointFailure(
            kind: FailureTable.kind(of: condition, from: .bridge) ?? .tooLarge, condition: condition,
            detail: "\(bytes) bytes are more than the \(limits.bytes) that a topic takes in a request")
    }

    /// Until the topic cannot be reached (the failure), or the task is cancelled (`nil`). All
    /// requests have ended then.
    func run() async -> EndpointFailure? {
        await withTaskCancellationHandler {
            await withTaskGroup(of: EndpointFailure?.self) { group in
                for _ in 0..<limits.requests { group.addTask { await self.publish() } }
                var failure: EndpointFailure?
                for await ended in group {
                    failure = failure ?? ended
                    // The others finish the request that they are at, and its events need no second one.
                    queue.close()
                }
                return Task.isCancelled ? nil : failure
            }
        } onCancel: {
            queue.close()
        }
    }

    private func publish() async -> EndpointFailure? {
        while let request = await queue.next() {
            if let failure = await publish(request) { return failure }
        }
        return nil
    }

    /// A request that is refused is halved until the guilty delivery is alone.
    private func publish(_ request: [WrittenDelivery]) async -> EndpointFailure? {
        var rest = [request[...]]
        while let next = rest.popLast(), !next.isEmpty {
            switch await publisher.publish(body(of: next)) {
            case .accepted:
                report(next.map { DeliveryReport(id: $0.id, outcome: .accepted) })
            case .refused(let failure) where failure.kind.isFinalForEvent && next.count > 1:
                let middle = next.startIndex + next.count / 2
                rest.append(next[middle...])
                rest.append(next[..<middle])
            case .refused(let failure):
                report(next.map { DeliveryReport(id: $0.id, outcome: .failed(failure)) })
                // The rest would fare alike; without a report, it is sent again.
                if failure.kind.endsSession { return failure }
            case .none(let failure):
                return failure
            }
        }
        return nil
    }

    private func body(of request: ArraySlice<WrittenDelivery>) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(request.reduce(2) { $0 + $1.bytes.count + 1 })
        buffer.writeInteger(UInt8(ascii: "["))
        for (place, delivery) in request.enumerated() {
            if place > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            buffer.writeBytes(delivery.bytes)
        }
        buffer.writeInteger(UInt8(ascii: "]"))
        return buffer
    }

    private func report(_ reports: [DeliveryReport]) {
        send(onReports(reports))
    }
}
