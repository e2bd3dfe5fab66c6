import HeaderSerialization
import Notifications

/// The deliveries of one call, written into one buffer: outside of any lock, each event once.
struct EncodedDeliveries {
    struct Delivery {
        var id: UInt64
        var events: Int
        var route: BatchRoute
        var sections: ArraySlice<UInt8>
        /// Of its first event, where an envelope repeats it.
        var messageID: String?
    }

    private struct Mark {
        var id: UInt64
        var events: Int
        var route: BatchRoute
        var end: Int
        var messageID: String?
    }

    private var bytes: [UInt8] = []
    private var marks: [Mark] = []
    /// A delivery with an event that cannot be written is refused as a whole: its subject's schedule
    /// finds the one.
    private(set) var refused: [DeliveryReport] = []

    /// - Parameter events: those of a delivery side by side.
    init(_ events: [OutboundEvent], _ routing: BatchRouting) {
        guard !events.isEmpty else { return }
        bytes.reserveCapacity(events.reduce(0) { $0 + $1.notification.body.count + DeliveryBounds.bytesBesideBody })
        let now = routing.writer.needsTime ? UnixTime.milliseconds : nil
        let namesMessages = routing.writer.entity == .queueOrTopic
        var unwritable: UInt64?
        for event in events where event.id != unwritable {
            // Taken out once: each time would be a copy.
            let notification = event.notification
            do throws(SerializationError) {
                try routing.writer.append(notification, nowMilliseconds: now, inDataSection: true, to: &bytes)
                if let last = marks.indices.last, marks[last].id == event.id {
                    marks[last].events += 1
                    marks[last].end = bytes.count
                } else {
                    marks.append(
                        Mark(
                            id: event.id, events: 1, route: routing.route(of: notification), end: bytes.count,
                            messageID: namesMessages ? notification.id : nil))
                }
            } catch {
                unwritable = event.id
                refused.append(DeliveryReport(id: event.id, unwritable: error))
                guard let last = marks.last, last.id == event.id else { continue }
                marks.removeLast()
                bytes.removeLast(bytes.count - (marks.last?.end ?? 0))
            }
        }
    }

    func forEach(_ body: (Delivery) -> Void) {
        var start = 0
        for mark in marks {
            body(
                Delivery(
                    id: mark.id, events: mark.events, route: mark.route, sections: bytes[start..<mark.end],
                    messageID: mark.messageID))
            start = mark.end
        }
    }
}
