import AMQPCodec
import Notifications

extension AMQPSerialization {
    /// Appends the notification as one encoded message. Allocates only where `bytes` has to grow,
    /// or where an extension attribute is of another type than text.
    /// - Parameters:
    ///   - partitionKey: Event Hubs and Service Bus keep messages of one key in order. Cut off after
    ///     128 characters, more than which they do not take: subjects that begin alike share a key
    ///     then, and order holds all the same.
    ///   - sessionID: the Service Bus session; cut off in the same way.
    ///   - nowMilliseconds: since 1970-01-01T00:00:00Z; where given, a message that expires says
    ///     in its header how long it still lives, for Service Bus looks there.
    ///   - isForServiceBus: what only a queue or topic understands is written too, see
    ///     ``AMQPSerialization``.
    ///   - inDataSection: the message becomes the content of one data section, as the events of a
    ///     batch are (reference 4.7).
    public func encode(
        _ notification: Notification,
        partitionKey: String? = nil,
        sessionID: String? = nil,
        nowMilliseconds: Int64? = nil,
        isForServiceBus: Bool = false,
        inDataSection: Bool = false,
        into bytes: inout [UInt8]
    ) {
        let target = Target(
            partitionKey: partitionKey.map(Self.cutKey), sessionID: sessionID.map(Self.cutKey),
            scheduled: isForServiceBus ? Self.scheduledTime(of: notification) : nil, isForServiceBus: isForServiceBus)
        let header = AMQPHeader(durable: options.durable, ttlMilliseconds: ttl(of: notification, now: nowMilliseconds))
        let sizes = Sizes(
            header: headerSize(header),
            annotations: annotationsSize(notification, target),
            properties: propertiesSize(notification, target),
            application: applicationSize(notification))
        let size = sizes.total + AMQPSize.variable(notification.body.count)
        AMQPWriter.append(to: &bytes, atMost: inDataSection ? AMQPSize.section + AMQPSize.variable(size) : size) { writer in
            if inDataSection {
                writer.writeSection(.data)
                writer.writeBinaryHead(size: size)
            }
            writeHeader(header, size: sizes.header, to: &writer)
            if sizes.annotations.count > 0 {
                writer.writeSection(.messageAnnotations)
                writer.writeMapHead(size: sizes.annotations.size, count: sizes.annotations.count)
                writeAnnotations(notification, target, to: &writer)
            }
            writer.writeSection(.properties)
            writer.writeListHead(size: sizes.properties.size, count: sizes.properties.count)
            writeProperties(notification, target, count: sizes.properties.count, to: &writer)
            writer.writeSection(.applicationProperties)
            writer.writeMapHead(size: sizes.application.size, count: sizes.application.count)
            writeAttributes(notification, to: &writer)
            writeUserProperties(notification, to: &writer)
            writer.writeSection(.data)
            writer.writeBinary(notification.body)
        }
    }

    /// What of a message is not the notification's alone.
    private struct Target {
        let partitionKey: String?
        let sessionID: String?
        /// Milliseconds since 1970-01-01T00:00:00Z.
        let scheduled: Int64?
        let isForServiceBus: Bool
    }

    private static func scheduledTime(of notification: Notification) -> Int64? {
        guard !notification.extensions.isEmpty,
            let value = notification.extensions.first(where: { $0.name == scheduledTimeAttribute })?.value
        else { return nil }
        return RFC3339.milliseconds(value.text)
    }

    private static let maximumKeyLength = 128

    /// A key as it goes on the wire.
    public static func cutKey(_ key: String) -> String {
        guard key.utf8.count > maximumKeyLength else { return key }
        return String(String.UnicodeScalarView(key.unicodeScalars.prefix(maximumKeyLength)))
    }

    /// Bytes of the elements and their number.
    private typealias Compound = (size: Int, count: Int)

    private struct Sizes {
        let header: Compound
        let annotations: Compound
        let properties: Compound
        let application: Compound

        var total: Int {
            (header.count == 0 ? 0 : AMQPSize.section + AMQPSize.list(size: header.size, count: header.count))
                + (annotations.count == 0 ? 0 : AMQPSize.section + AMQPSize.map(size: annotations.size, count: annotations.count))
                + AMQPSize.section + AMQPSize.list(size: properties.size, count: properties.count)
                + AMQPSize.section + AMQPSize.map(size: application.size, count: application.count)
                + AMQPSize.section
        }
    }

    // MARK: Header

    private func ttl(of notification: Notification, now: Int64?) -> UInt32? {
        guard let now, let expiry = notification.messageFields?.expiresAtMilliseconds else { return nil }
        let (left, overflow) = expiry.subtractingReportingOverflow(now)
        return overflow ? (expiry > now ? .max : 0) : UInt32(clamping: left)
    }

    private func headerSize(_ header: AMQPHeader) -> Compound {
        if let ttl = header.ttlMilliseconds { return (2 + AMQPValue.uint(ttl).encodedSize, 3) }
        return header.durable ? (1, 1) : (0, 0)
    }

    private func writeHeader(_ header: AMQPHeader, size: Compound, to writer: inout AMQPWriter) {
        guard size.count > 0 else { return }
        writer.writeSection(.header)
        writer.writeListHead(size: size.size, count: size.count)
        writer.writeBoolean(header.durable)
        if let ttl = header.ttlMilliseconds {
            writer.writeNull()
            writer.writeUint(ttl)
        }
    }

    // MARK: Message annotations

    static let partitionKeyAnnotation = "x-opt-partition-key"

    static let scheduledTimeAnnotation = "x-opt-scheduled-enqueue-time"
    /// The extension attribute that says when a queue or topic is to hand an event out.
    public static let scheduledTimeAttribute = "scheduledenqueuetime"

    private func annotationsSize(_ notification: Notification, _ target: Target) -> Compound {
        var compound: Compound = (0, 0)
        if target.scheduled != nil {
            compound.size += AMQPSize.text(Self.scheduledTimeAnnotation) + AMQPSize.timestamp
            compound.count += 2
        }
        if let partitionKey = target.partitionKey {
            compound.size += AMQPSize.text(Self.partitionKeyAnnotation) + AMQPSize.text(partitionKey)
            compound.count += 2
        }
        for property in notification.properties where SystemAnnotation.isReserved(property.name) {
            compound.size += AMQPSize.text(property.name) + annotationValue(property).encodedSize
            compound.count += 2
        }
        return compound
    }

    private func writeAnnotations(_ notification: Notification, _ target: Target, to writer: inout AMQPWriter) {
        if let scheduled = target.scheduled {
            writer.writeSymbol(Self.scheduledTimeAnnotation)
            writer.writeTimestamp(scheduled)
        }
        if let partitionKey = target.partitionKey {
            writer.writeSymbol(Self.partitionKeyAnnotation)
            writer.writeString(partitionKey)
        }
        for property in notification.properties where SystemAnnotation.isReserved(property.name) {
            writer.writeSymbol(property.name)
            writer.write(annotationValue(property))
        }
    }

    private func annotationValue(_ property: Property) -> AMQPValue {
        guard let value = property.value else { return .null }
        if property.name == SystemAnnotation.enqueuedTime, let time = Int64(value) { return .timestamp(time) }
        return .string(value)
    }

    // MARK: Properties

    /// Two devices may give two messages the same message-id, and a queue that detects duplicates
    /// would drop one of them: there the event's id stands.
    private func messageID(_ notification: Notification, _ target: Target) -> String {
        target.isForServiceBus ? notification.id : notification.messageFields?.messageID ?? notification.id
    }

    private func hasFewProperties(_ notification: Notification, _ target: Target) -> Bool {
        notification.messageFields == nil && target.sessionID == nil && !target.isForServiceBus
    }

    private func propertiesSize(_ notification: Notification, _ target: Target) -> Compound {
        // Fields as they stand in the list: message-id 1 … content-type 7 … group-id 11.
        let contentType = notification.dataContentType.map { AMQPSize.text($0) } ?? 1
        guard !hasFewProperties(notification, target) else {
            let messageID = AMQPSize.text(notification.id)
            return notification.dataContentType == nil ? (messageID, 1) : (messageID + 5 + contentType, 7)
        }
        let fields = notification.messageFields ?? MessageFields()
        var compound: Compound = (AMQPSize.text(messageID(notification, target)), 1)
        func add(_ size: Int?, at position: Int) {
            guard let size else { return }
            // Null, one byte each, in the places between.
            compound.size += position - compound.count - 1 + size
            compound.count = position
        }
        add(fields.userID.map { AMQPSize.variable($0.count) }, at: 2)
        if target.isForServiceBus { add(notification.subject.map { AMQPSize.text($0) }, at: 4) }
        add(fields.replyTo.map { AMQPSize.text($0) }, at: 5)
        add(fields.correlationID.map { AMQPSize.variable($0.count) }, at: 6)
        add(notification.dataContentType.map { AMQPSize.text($0) }, at: 7)
        add(fields.contentEncoding.map { AMQPSize.text($0) }, at: 8)
        add(fields.expiresAtMilliseconds.map { _ in AMQPSize.timestamp }, at: 9)
        add(target.sessionID.map { AMQPSize.text($0) }, at: 11)
        return compound
    }

    private func writeProperties(
        _ notification: Notification, _ target: Target, count: Int, to writer: inout AMQPWriter
    ) {
        guard !hasFewProperties(notification, target) else {
            // Nearly every message: message-id, and content-type in the seventh place.
            writer.writeString(notification.id)
            guard let contentType = notification.dataContentType else { return }
            for _ in 2..<7 { writer.writeNull() }
            return writer.writeSymbol(contentType)
        }
        let fields = notification.messageFields ?? MessageFields()
        writer.writeString(messageID(notification, target))
        for position in stride(from: 2, through: count, by: 1) {
            switch position {
            case 2: if let value = fields.userID { writer.writeBinary(value) } else { writer.writeNull() }
            case 4: writeString(target.isForServiceBus ? notification.subject : nil, to: &writer)
            case 5: writeString(fields.replyTo, to: &writer)
            case 6: writeCorrelationID(fields.correlationID, to: &writer)
            case 7: writeSymbol(notification.dataContentType, to: &writer)
            case 8: writeSymbol(fields.contentEncoding, to: &writer)
            case 9:
                if let value = fields.expiresAtMilliseconds { writer.writeTimestamp(value) } else { writer.writeNull() }
            case 11: writeString(target.sessionID, to: &writer)
            default: writer.writeNull()
            }
        }
    }

    private func writeString(_ value: String?, to writer: inout AMQPWriter) {
        if let value { writer.writeString(value) } else { writer.writeNull() }
    }

    private func writeSymbol(_ value: String?, to writer: inout AMQPWriter) {
        if let value { writer.writeSymbol(value) } else { writer.writeNull() }
    }

    /// Most peers correlate by text; bytes that are none stay binary. Both take the same room.
    private func writeCorrelationID(_ bytes: [UInt8]?, to writer: inout AMQPWriter) {
        guard let bytes else { return writer.writeNull() }
        if let text = String(validating: bytes, as: UTF8.self) {
            writer.writeString(text)
        } else {
            writer.writeBinary(bytes)
        }
    }

    // MARK: Application properties

    private func applicationSize(_ notification: Notification) -> Compound {
        var size = keys.specVersion.count + keys.id.count + AMQPSize.text(notification.id)
        size += keys.source.count + AMQPSize.text(notification.source)
        size += keys.type.count + AMQPSize.text(notification.type)
        var count = 8
        func add(_ key: [UInt8], _ text: String?) {
            guard let text else { return }
            size += key.count + AMQPSize.text(text)
            count += 2
        }
        add(keys.subject, notification.subject)
        add(keys.dataSchema, notification.dataSchema)
        add(keys.traceParent, notification.traceParent)
        if let time = notification.time {
            size += keys.time.count + timeSize(time)
            count += 2
        }
        if let sequence = notification.sequence {
            size += keys.sequence.count + AMQPSize.text(sequence.description) + keys.sequenceType.count
            count += 4
        }
        for attribute in notification.extensions where isWritten(attribute, of: notification) {
            size += AMQPSize.variable(keys.prefix.count + attribute.name.utf8.count) + valueSize(attribute.value)
            count += 2
        }
        for property in notification.properties where !SystemAnnotation.isReserved(property.name) {
            size += AMQPSize.text(applicationName(property)) + (property.value.map { AMQPSize.text($0) } ?? 1)
            count += 2
        }
        return (size, count)
    }

    /// The journal's sequence number goes before one that an event brought along.
    private func isWritten(_ attribute: ExtensionAttribute, of notification: Notification) -> Bool {
        notification.sequence == nil || attribute.name != "sequence" && attribute.name != "sequencetype"
    }

    private func writeAttributes(_ notification: Notification, to writer: inout AMQPWriter) {
        writer.writeBytes(keys.specVersion)
        write(keys.id, notification.id, to: &writer)
        write(keys.source, notification.source, to: &writer)
        write(keys.type, notification.type, to: &writer)
        if let subject = notification.subject { write(keys.subject, subject, to: &writer) }
        if let dataSchema = notification.dataSchema { write(keys.dataSchema, dataSchema, to: &writer) }
        if let traceParent = notification.traceParent { write(keys.traceParent, traceParent, to: &writer) }
        if let time = notification.time {
            writer.writeBytes(keys.time)
            writeTime(time, to: &writer)
        }
        if let sequence = notification.sequence {
            write(keys.sequence, sequence.description, to: &writer)
            writer.writeBytes(keys.sequenceType)
        }
        for attribute in notification.extensions where isWritten(attribute, of: notification) {
            writer.writeStringHead(size: keys.prefix.count + attribute.name.utf8.count)
            writer.writeBytes(keys.prefix)
            writer.writeUTF8(attribute.name)
            writeValue(attribute.value, to: &writer)
        }
    }

    private func write(_ key: [UInt8], _ text: String, to writer: inout AMQPWriter) {
        writer.writeBytes(key)
        writer.writeString(text)
    }

    private func writeUserProperties(_ notification: Notification, to writer: inout AMQPWriter) {
        for property in notification.properties where !SystemAnnotation.isReserved(property.name) {
            writer.writeString(applicationName(property))
            writeString(property.value, to: &writer)
        }
    }

    private func applicationName(_ property: Property) -> String {
        PropertyName.marked(property.name, where: isReserved)
    }

    // MARK: Values

    private func timeSize(_ time: String) -> Int {
        options.nativeTypes && RFC3339.isValid(time) ? AMQPSize.timestamp : AMQPSize.text(time)
    }

    private func writeTime(_ time: String, to writer: inout AMQPWriter) {
        if options.nativeTypes, let milliseconds = RFC3339.milliseconds(time) {
            writer.writeTimestamp(milliseconds)
        } else {
            writer.writeString(time)
        }
    }

    private func native(_ value: AttributeValue) -> AMQPValue {
        switch value {
        case .string(let text), .uri(let text), .uriReference(let text): .string(text)
        case .boolean(let value): .boolean(value)
        case .integer(let value): .long(Int64(value))
        case .binary(let bytes): .binary(bytes)
        case .timestamp(let text): RFC3339.milliseconds(text).map { .timestamp($0) } ?? .string(text)
        }
    }

    private func valueSize(_ value: AttributeValue) -> Int {
        options.nativeTypes ? native(value).encodedSize : AMQPSize.text(value.text)
    }

    private func writeValue(_ value: AttributeValue, to writer: inout AMQPWriter) {
        if options.nativeTypes { writer.write(native(value)) } else { writer.writeString(value.text) }
    }
}
