import Notifications

/// Turns a batch into the columns of its row. See RowLayout.swift for the bytes.
struct RowEncoder {
    private var writer: ByteWriter
    private var units: [SequenceUnit] = []
    private var endpoints = EndpointSet()
    private var endpointCounts = [Int32](repeating: 0, count: EndpointSlot.maximumCount)
    private var previous: Previous?
    /// Where the last source was written: for an event without a subject after one that has one.
    private var lastSource = 0..<0

    /// What "same" flags refer to.
    private struct Previous {
        var endpoints: EndpointSet
        var source: String
        var type: String
        var subject: String?
        var time: String?
        var dataContentType: String?
        var dataSchema: String?
        var unit: SequenceUnit
    }

    /// Throws ``JournalError/batchTooLarge(bytes:maximum:)``.
    static func encode(
        _ batch: JournalBatch, maximumBytes: Int = RowLayout.maximumBytes
    ) throws(JournalError) -> EncodedBatch {
        var bodyBytes = 0
        for event in batch.events { bodyBytes += event.notification.body.count }
        let arena = Self.arena(of: batch, bodyBytes: bodyBytes)
        guard max(arena.count, bodyBytes) <= maximumBytes else {
            throw .batchTooLarge(bytes: max(arena.count, bodyBytes), maximum: maximumBytes)
        }

        var encoder = RowEncoder(expectedEvents: batch.events.count)
        arena.withUnsafeBytes { arena in
            for event in batch.events { encoder.append(event, arena: arena) }
        }
        let headers = encoder.writer.bytes
        guard headers.count + arena.count <= maximumBytes else {
            throw .batchTooLarge(bytes: headers.count + arena.count, maximum: maximumBytes)
        }
        return EncodedBatch(
            events: batch.events,
            units: encoder.units,
            endpoints: encoder.endpoints,
            endpointCounts: encoder.endpointCounts,
            headers: headers,
            bodies: arena,
            headersChecksum: Checksum.of(headers),
            bodiesChecksum: Checksum.of(arena),
            residentBytes: max(arena.count, bodyBytes) + headers.count
                + batch.events.count * MemoryLayout<PendingEvent>.stride)
    }

    /// The batch's arena, unless most of it is no body of the batch: then it is not worth its
    /// place on disk, and the bodies go into the headers.
    private static func arena(of batch: JournalBatch, bodyBytes: Int) -> [UInt8] {
        batch.arena.count > 4096 && bodyBytes < batch.arena.count / 2 ? [] : batch.arena
    }

    private init(expectedEvents: Int) {
        writer = ByteWriter(capacity: 16 + expectedEvents * 112)
        units.reserveCapacity(expectedEvents)
        writer.byte(RowLayout.version)
        writer.count(expectedEvents)
    }

    private mutating func append(_ event: PendingEvent, arena: UnsafeRawBufferPointer) {
        let notification = event.notification
        let inlineBody: Bool
        let bodyStart: Int
        switch Self.place(of: notification.body, in: arena) {
        case .some(let start): (inlineBody, bodyStart) = (false, start)
        case .none: (inlineBody, bodyStart) = (true, 0)
        }
        let flags = flags(of: event, inlineBody: inlineBody)

        writer.uint16(flags.rawValue)
        if !flags.contains(.sameEndpoints) { writer.varint(event.endpoints.bits) }
        writer.text(notification.id)
        let sourceRange = flags.contains(.sameSource) ? nil : text(notification.source)
        if let sourceRange { lastSource = sourceRange }
        if !flags.contains(.sameType) { writer.text(notification.type) }
        var subjectRange: Range<Int>?
        if let subject = notification.subject, !flags.contains(.sameSubject) { subjectRange = text(subject) }
        if let time = notification.time, !flags.contains(.sameTime) { writer.text(time) }
        if let type = notification.dataContentType, !flags.contains(.sameContentType) { writer.text(type) }
        if let schema = notification.dataSchema, !flags.contains(.sameSchema) { writer.text(schema) }
        if let traceParent = notification.traceParent { writer.text(traceParent) }
        if flags.contains(.extensions) { append(notification.extensions) }
        if flags.contains(.properties) { append(notification.properties) }
        if let fields = notification.messageFields { append(fields) }
        if !inlineBody { writer.count(bodyStart) }
        writer.count(notification.body.count)
        if inlineBody { notification.body.withUnsafeBytes { writer.raw($0) } }

        var unit = unit(of: notification, subject: subjectRange, source: sourceRange)
        unit.startsAnew = event.startsSubjectAnew
        units.append(unit)
        endpoints = endpoints.union(event.endpoints)
        count(event.endpoints)
        previous = Previous(
            endpoints: event.endpoints, source: notification.source, type: notification.type,
            subject: notification.subject, time: notification.time,
            dataContentType: notification.dataContentType, dataSchema: notification.dataSchema, unit: unit)
    }

    private mutating func text(_ value: String) -> Range<Int> {
        writer.text(value)
        return (writer.count - value.utf8.count)..<writer.count
    }

    private func flags(of event: PendingEvent, inlineBody: Bool) -> EventFlags {
        let notification = event.notification
        var flags: EventFlags = inlineBody ? .bodyInHeaders : []
        if notification.subject != nil { flags.insert(.subject) }
        if notification.time != nil { flags.insert(.time) }
        if notification.dataContentType != nil { flags.insert(.contentType) }
        if notification.dataSchema != nil { flags.insert(.schema) }
        if notification.traceParent != nil { flags.insert(.traceParent) }
        if !notification.extensions.isEmpty { flags.insert(.extensions) }
        if !notification.properties.isEmpty { flags.insert(.properties) }
        if notification.messageFields != nil { flags.insert(.messageFields) }
        guard let previous else { return flags }
        if event.endpoints == previous.endpoints { flags.insert(.sameEndpoints) }
        if same(notification.source, previous.source) { flags.insert(.sameSource) }
        if same(notification.type, previous.type) { flags.insert(.sameType) }
        if same(notification.subject, previous.subject) { flags.insert(.sameSubject) }
        if same(notification.time, previous.time) { flags.insert(.sameTime) }
        if same(notification.dataContentType, previous.dataContentType) { flags.insert(.sameContentType) }
        if same(notification.dataSchema, previous.dataSchema) { flags.insert(.sameSchema) }
        return flags
    }

    /// Equal byte for byte: `==` also holds for texts that differ in Unicode normalization, and
    /// an event leaves as it came.
    private func same(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return left.utf8.elementsEqual(right.utf8)
    }

    private func same(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return false }
        return same(left, right)
    }

    private func unit(of notification: Notification, subject: Range<Int>?, source: Range<Int>?) -> SequenceUnit {
        if let subject { return newUnit(.subject, subject) }
        if notification.subject == nil, let source { return newUnit(.source, source) }
        // The name is that of the event before, which is either the same subject or, without a
        // subject, the same source.
        if let previous, notification.subject != nil || previous.subject == nil { return previous.unit }
        return newUnit(.source, lastSource)
    }

    private func newUnit(_ kind: SequenceUnitKind, _ range: Range<Int>) -> SequenceUnit {
        let hash = writer.bytes.withUnsafeBytes { bytes in
            SequenceTable.hash(UnsafeRawBufferPointer(rebasing: bytes[range]), kind: kind)
        }
        return SequenceUnit(
            hash: hash, start: UInt32(range.lowerBound), length: UInt32(range.count), kind: kind, startsAnew: false)
    }

    private mutating func count(_ set: EndpointSet) {
        var rest = set.bits
        while rest != 0 {
            endpointCounts[rest.trailingZeroBitCount] += 1
            rest &= rest - 1
        }
    }

    /// Where in the arena a body lies, if it does.
    private static func place(of body: ArraySlice<UInt8>, in arena: UnsafeRawBufferPointer) -> Int? {
        guard !body.isEmpty, let base = arena.baseAddress else { return body.isEmpty ? 0 : nil }
        return body.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            let distance = Int(bitPattern: start) - Int(bitPattern: base)
            return distance >= 0 && distance + bytes.count <= arena.count ? distance : nil
        }
    }
}

extension RowEncoder {
    private mutating func append(_ extensions: [ExtensionAttribute]) {
        writer.count(extensions.count)
        for attribute in extensions {
            writer.text(attribute.name)
            switch attribute.value {
            case .string(let value): tagged(.string, value)
            case .boolean(let value):
                writer.byte(ValueKind.boolean.rawValue)
                writer.byte(value ? 1 : 0)
            case .integer(let value):
                writer.byte(ValueKind.integer.rawValue)
                writer.int32(value)
            case .binary(let value):
                writer.byte(ValueKind.binary.rawValue)
                writer.blob(value)
            case .uri(let value): tagged(.uri, value)
            case .uriReference(let value): tagged(.uriReference, value)
            case .timestamp(let value): tagged(.timestamp, value)
            }
        }
    }

    private mutating func tagged(_ kind: ValueKind, _ value: String) {
        writer.byte(kind.rawValue)
        writer.text(value)
    }

    private mutating func append(_ properties: [Property]) {
        writer.count(properties.count)
        for property in properties {
            writer.text(property.name)
            writer.optionalText(property.value)
        }
    }

    private mutating func append(_ fields: MessageFields) {
        writer.optionalText(fields.messageID)
        writer.optionalBlob(fields.correlationID)
        writer.optionalBlob(fields.userID)
        writer.optionalText(fields.contentEncoding)
        writer.optionalText(fields.replyTo)
        writer.byte(fields.expiresAtMilliseconds == nil ? 0 : 1)
        if let expiry = fields.expiresAtMilliseconds { writer.signed(expiry) }
    }
}

/// The byte that stands before an extension attribute's value.
enum ValueKind: UInt8 {
    case string = 1, boolean, integer, binary, uri, uriReference, timestamp
}
