import AMQPCodec

/// An event as a receiver gets it: the publisher's bytes, with the service's annotations (reference 4.6).
enum EventImage {
    private static let sequence = "x-opt-sequence-number"
    private static let offset = "x-opt-offset"
    private static let enqueued = "x-opt-enqueued-time"
    private static let key = "x-opt-partition-key"

    /// - Parameter partition: what the receiver wants to know of its partition's end, where it does.
    static func bytes(of event: Partition.Event, partition: AMQPMap? = nil) -> [UInt8] {
        // What cannot be taken apart goes out as it came in: it was looked at then.
        guard let sections = try? MessageSections(of: event.bytes) else { return Array(event.bytes) }
        let offsetText = String(event.offset)
        var result: [UInt8] = []
        result.reserveCapacity(event.bytes.count + 160)
        if let header = sections.header {
            result.append(contentsOf: [0x00, 0x53, AMQPSection.header.rawValue])
            result.append(contentsOf: event.bytes[header])
        }
        if let partition {
            result.append(contentsOf: [0x00, 0x53, AMQPSection.deliveryAnnotations.rawValue])
            AMQPValue.map(partition).encode(into: &result)
        } else if let annotations = sections.deliveryAnnotations {
            result.append(contentsOf: event.bytes[annotations])
        }
        let own = (try? sections.annotationMap(in: event.bytes)) ?? [:]
        if own.isEmpty && event.partitionKey == nil {
            appendAnnotations(of: event, offsetText, to: &result)
        } else {
            var map: AMQPMap = [
                .symbol(sequence): .long(event.sequence), .symbol(offset): .string(offsetText),
                .symbol(enqueued): .timestamp(event.enqueuedAt),
            ]
            if let key = event.partitionKey { map.append(.symbol(Self.key), .string(key)) }
            for entry in own.entries {
                if let name = entry.key.text, map[name] != nil { continue }
                map.entries.append(entry)
            }
            result.append(contentsOf: [0x00, 0x53, AMQPSection.messageAnnotations.rawValue])
            AMQPValue.map(map).encode(into: &result)
        }
        result.append(contentsOf: event.bytes[sections.rest...])
        return result
    }

    /// The usual case, without a map in between.
    private static func appendAnnotations(of event: Partition.Event, _ offsetText: String, to result: inout [UInt8]) {
        let sequenceValue = AMQPValue.long(event.sequence)
        let content = (2 + sequence.utf8.count) + sequenceValue.encodedSize
            + (2 + offset.utf8.count) + (2 + offsetText.utf8.count) + (2 + enqueued.utf8.count) + 9
        AMQPWriter.append(to: &result, atMost: content + 12) { writer in
            writer.writeSection(.messageAnnotations)
            writer.writeMapHead(size: content, count: 6)
            writer.writeSymbol(sequence)
            writer.writeLong(event.sequence)
            writer.writeSymbol(offset)
            writer.writeString(offsetText)
            writer.writeSymbol(enqueued)
            writer.writeTimestamp(event.enqueuedAt)
        }
    }
}
