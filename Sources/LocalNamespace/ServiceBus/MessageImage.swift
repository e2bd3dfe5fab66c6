import AMQPCodec

/// A message as a receiver gets it: with its delivery count, and the service's annotations (reference 4.6).
enum MessageImage {
    /// - Parameter lockedUntil: with a lock only.
    static func bytes(of message: QueuedMessage, lockedUntil: Milliseconds?, tellsState: Bool = false) -> [UInt8] {
        guard let sections = try? MessageSections(of: message.bytes) else { return Array(message.bytes) }
        var result: [UInt8] = []
        result.reserveCapacity(message.bytes.count + 200)
        append(.header, .list(header(of: message, sections)), to: &result)
        if let annotations = sections.deliveryAnnotations { result.append(contentsOf: message.bytes[annotations]) }
        append(.messageAnnotations, .map(annotations(of: message, sections, lockedUntil, tellsState)), to: &result)
        result.append(contentsOf: message.bytes[sections.rest...])
        return result
    }

    private static func append(_ section: AMQPSection, _ value: AMQPValue, to result: inout [UInt8]) {
        result.append(contentsOf: [0x00, 0x53, section.rawValue])
        value.encode(into: &result)
    }

    private static func header(of message: QueuedMessage, _ sections: MessageSections) -> [AMQPValue] {
        var fields = (try? sections.headerFields(in: message.bytes)) ?? []
        while fields.count < 5 { fields.append(.null) }
        fields[4] = .uint(message.deliveryCount)
        return fields
    }

    private static func annotations(
        of message: QueuedMessage, _ sections: MessageSections, _ lockedUntil: Milliseconds?, _ tellsState: Bool
    ) -> AMQPMap {
        var map: AMQPMap = [
            .symbol("x-opt-sequence-number"): .long(message.sequence),
            .symbol("x-opt-enqueued-time"): .timestamp(message.enqueuedAt),
            .symbol("x-opt-enqueue-sequence-number"): .long(message.sequence),
        ]
        if let lockedUntil { map.append(.symbol("x-opt-locked-until"), .timestamp(lockedUntil)) }
        if let source = message.deadLetterSource { map.append(.symbol("x-opt-deadletter-source"), .string(source)) }
        if tellsState {
            let state: Int32 =
                switch message.state {
                case .active, .locked: 0
                case .deferred: 1
                case .scheduled: 2
                }
            map.append(.symbol("x-opt-message-state"), .int(state))
        }
        for entry in ((try? sections.annotationMap(in: message.bytes)) ?? [:]).entries {
            if let name = entry.key.text, map[name] != nil { continue }
            map.entries.append(entry)
        }
        return map
    }
}
