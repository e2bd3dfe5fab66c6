import Notifications

/// Turns a batch into the columns of its row. See RowLayout.swift for the bytes.
struct RowEncoder {
    private var writer: ByteWriter
    private var units: [SequenceUnit] = []
    private var endpoints = EndpointSet()
    private var endpointCounts = [Int32](repeating: 0, count: EndpointSlot.maximumCount)
    private var sizes: [UInt32] = []
    private var endpointBytes = [Int](repeating: 0, count: EndpointSlot.maximumCount)
    /// Where the last source was written: for an event without a subject after one that has one.
    private var lastSource = 0..<0

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
            // Through the buffer, events are looked at where they lie: a copy of one is a dozen
            // reference counts.
            batch.events.withUnsafeBufferPointer { events in
                for index in events.indices { encoder.append(events, index, arena: arena) }
            }
        }
        let headers = encoder.writer.bytes
        var notes = IntakeNotes()
        notes.add(unwanted: batch.unwanted, marks: batch.marks)
        guard headers.count + arena.count <= maximumBytes else {
            throw .batchTooLarge(bytes: headers.count + arena.count, maximum: maximumBytes)
        }
        return EncodedBatch(
            events: batch.events,
            units: encoder.units,
            endpoints: encoder.endpoints,
            endpointCounts: encoder.endpointCounts,
            sizes: encoder.sizes,
            endpointBytes: encoder.endpointBytes,
            headers: headers,
            bodies: arena,
            headersChecksum: Checksum.of(headers),
            bodiesChecksum: Checksum.of(arena),
            residentBytes: max(arena.count, bodyBytes) + headers.count
                + batch.events.count * MemoryLayout<PendingEvent>.stride,
            notes: notes)
    }

    /// The batch's arena, unless most of it is no body of the batch: then it is not worth its
    /// place on disk, and the bodies go into the headers.
    private static func arena(of batch: JournalBatch, bodyBytes: Int) -> [UInt8] {
        batch.arena.count > 4096 && bodyBytes < batch.arena.count / 2 ? [] : batch.arena
    }

    private init(expectedEvents: Int) {
        writer = ByteWriter(capacity: 16 + expectedEvents * 112)
        units.reserveCapacity(expectedEvents)
        sizes.reserveCapacity(expectedEvents)
        writer.byte(RowLayout.version)
        writer.count(expectedEvents)
    }

    private mutating func append(
        _ events: UnsafeBufferPointer<PendingEvent>, _ index: Int, arena: UnsafeRawBufferPointer
    ) {
        let bodyStart = Self.place(of: events[index].notification.body, in: arena)
        var flags = Self.flags(events[index])
        if bodyStart == nil { flags.insert(.bodyInHeaders) }
        if index > 0 { flags.formUnion(Self.sameFlags(events[index], events[index - 1])) }
        let start = writer.count
        append(events[index], flags: flags, bodyStart: bodyStart)
        let bytes = writer.count - start + (bodyStart == nil ? 0 : events[index].notification.body.count)
        sizes.append(UInt32(clamping: bytes))
        endpoints = endpoints.union(events[index].endpoints)
        count(events[index].endpoints, bytes: bytes)
    }

    private mutating func append(_ event: borrowing PendingEvent, flags: EventFlags, bodyStart: Int?) {
        writer.uint16(flags.rawValue)
        if !flags.contains(.sameEndpoints) { writer.varint(event.endpoints.bits) }
        writer.text(event.notification.id)
        if !flags.contains(.sameSource) { lastSource = text(event.notification.source) }
        if !flags.contains(.sameType) { writer.text(event.notification.type) }
        var subjectRange: Range<Int>?
        if let subject = event.notification.subject, !flags.contains(.sameSubject) { subjectRange = text(subject) }
        if let time = event.notification.time, !flags.contains(.sameTime) { writer.text(time) }
        if let type = event.notification.dataContentType, !flags.contains(.sameContentType) { writer.text(type) }
        if let schema = event.notification.dataSchema, !flags.contains(.sameSchema) { writer.text(schema) }
        if let traceParent = event.notification.traceParent { writer.text(traceParent) }
        if flags.contains(.extensions) { append(event.notification.extensions) }
        if flags.contains(.properties) { append(event.notification.properties) }
        if let fields = event.notification.messageFields { append(fields) }
        if let bodyStart { writer.count(bodyStart) }
        writer.count(event.notification.body.count)
        if bodyStart == nil { event.notification.body.withUnsafeBytes { writer.raw($0) } }

        var unit = unit(subject: subjectRange, flags: flags)
        unit.startsAnew = event.startsSubjectAnew
        units.append(unit)
    }

    private mutating func text(_ value: String) -> Range<Int> {
        writer.text(value)
        return (writer.count - value.utf8.count)..<writer.count
    }

    private static func flags(_ event: borrowing PendingEvent) -> EventFlags {
        var flags: EventFlags = []
        if event.notification.subject != nil { flags.insert(.subject) }
        if event.notification.time != nil { flags.insert(.time) }
        if event.notification.dataContentType != nil { flags.insert(.contentType) }
        if event.notification.dataSchema != nil { flags.insert(.schema) }
        if event.notification.traceParent != nil { flags.insert(.traceParent) }
        if !event.notification.extensions.isEmpty { flags.insert(.extensions) }
        if !event.notification.properties.isEmpty { flags.insert(.properties) }
        if event.notification.messageFields != nil { flags.insert(.messageFields) }
        return flags
    }

    private static func sameFlags(_ event: borrowing PendingEvent, _ previous: borrowing PendingEvent) -> EventFlags {
        var flags: EventFlags = []
        if event.endpoints == previous.endpoints { flags.insert(.sameEndpoints) }
        if same(event.notification.source, previous.notification.source) { flags.insert(.sameSource) }
        if same(event.notification.type, previous.notification.type) { flags.insert(.sameType) }
        if same(event.notification.subject, previous.notification.subject) { flags.insert(.sameSubject) }
        if same(event.notification.time, previous.notification.time) { flags.insert(.sameTime) }
        if same(event.notification.dataContentType, previous.notification.dataContentType) {
            flags.insert(.sameContentType)
        }
        if same(event.notification.dataSchema, previous.notification.dataSchema) { flags.insert(.sameSchema) }
        return flags
    }

    /// Equal byte for byte: `==` also holds for texts that differ in Unicode normalization, and
    /// an event leaves as it came.
    private static func same(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        let quick = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { right in
                equalBytes(UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
            }
        }
        return (quick ?? nil) ?? left.utf8.elementsEqual(right.utf8)
    }

    private static func same(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return false }
        return same(left, right)
    }

    /// The unit of an event whose header was just written: its subject, here or in the event
    /// before, or else its source.
    private func unit(subject: Range<Int>?, flags: EventFlags) -> SequenceUnit {
        if let subject { return newUnit(.subject, subject) }
        if flags.contains(.sameSubject), let previous = units.last { return previous }
        // Mostly the same source again: no need to hash it twice.
        if let previous = units.last, previous.kind == .source, previous.range == lastSource { return previous }
        return newUnit(.source, lastSource)
    }

    private func newUnit(_ kind: SequenceUnitKind, _ range: Range<Int>) -> SequenceUnit {
        let hash = writer.bytes.withUnsafeBytes { bytes in
            SequenceTable.hash(UnsafeRawBufferPointer(rebasing: bytes[range]), kind: kind)
        }
        return SequenceUnit(
            hash: hash, start: UInt32(range.lowerBound), length: UInt32(range.count), kind: kind, startsAnew: false)
    }

    private mutating func count(_ set: EndpointSet, bytes: Int) {
        var rest = set.bits
        while rest != 0 {
            endpointCounts[rest.trailingZeroBitCount] += 1
            endpointBytes[rest.trailingZeroBitCount] += bytes
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
