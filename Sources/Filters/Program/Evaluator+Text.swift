import Notifications

extension Evaluator {
    // MARK: Attributes

    mutating func attribute(_ index: Int32, _ notification: Notification) -> Value {
        guard let attribute = ContextAttribute(rawValue: UInt8(truncatingIfNeeded: index)) else { return .missing }
        let value = field(attribute, index, notification)
        if value.kind != .missing || notification.extensions.isEmpty { return value }
        // A publisher's own form of it, such as a `sequence` that is no Integer.
        let place = notification.extensions.firstIndex { $0.name == attribute.name }
        return place.map { extensionValue($0, notification) } ?? .missing
    }

    private func field(_ attribute: ContextAttribute, _ index: Int32, _ notification: Notification) -> Value {
        let optional: Int?
        switch attribute {
        case .id: optional = notification.id.utf8.count
        case .source: optional = notification.source.utf8.count
        case .specversion: optional = 3
        case .type: optional = notification.type.utf8.count
        case .subject: optional = notification.subject?.utf8.count
        case .time: optional = notification.time?.utf8.count
        case .datacontenttype: optional = notification.dataContentType?.utf8.count
        case .dataschema: optional = notification.dataSchema?.utf8.count
        case .sequence:
            return notification.sequence.map { .integer($0.rawValue) } ?? .missing
        case .sequencetype: optional = notification.sequence == nil ? nil : SequenceNumber.typeName.utf8.count
        case .traceparent: optional = notification.traceParent?.utf8.count
        }
        guard let count = optional else { return .missing }
        return .text(.attributeText, index: index, offset: 0, count: count)
    }

    mutating func extensionAttribute(_ instruction: Instruction, _ notification: Notification) -> Value {
        let start = Int(instruction.a)
        let name = UnsafeBufferPointer(rebasing: literals[start..<start + Int(instruction.b)])
        for index in notification.extensions.indices {
            let isSame = withUTF8(of: notification.extensions[index].name) { areEqual($0, name) }
            if isSame { return extensionValue(index, notification) }
        }
        return .missing
    }

    private mutating func extensionValue(_ index: Int, _ notification: Notification) -> Value {
        switch notification.extensions[index].value {
        case .string(let text), .uri(let text), .uriReference(let text), .timestamp(let text):
            return .text(.extensionText, index: Int32(truncatingIfNeeded: index), offset: 0, count: text.utf8.count)
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .binary(let bytes):
            let offset = scratch.count
            appendBase64(bytes, to: &scratch)
            return .text(.scratchText, offset: offset, count: scratch.count - offset)
        }
    }

    // MARK: Bytes

    /// The bytes of a text, wherever they are.
    @inline(__always)
    func withBytes<R>(_ value: Value, _ notification: Notification, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        let range = value.offset..<value.offset + value.count
        switch value.kind {
        case .literalText: return body(UnsafeBufferPointer(rebasing: literals[range]))
        case .bodyText: return body(UnsafeBufferPointer(rebasing: self.body[range]))
        case .scratchText: return scratch.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
        default: return withUTF8(of: string(value, notification)) { body(UnsafeBufferPointer(rebasing: $0[range])) }
        }
    }

    @inline(__always)
    func withUTF8<R>(of string: String, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = string.utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(string.utf8).withUnsafeBufferPointer(body)
    }

    @inline(__always)
    private func string(_ value: Value, _ notification: Notification) -> String {
        if value.kind == .extensionText { return extensionString(value.index, notification) }
        switch ContextAttribute(rawValue: UInt8(truncatingIfNeeded: value.index)) {
        case .id: return notification.id
        case .source: return notification.source
        case .specversion: return "1.0"
        case .type: return notification.type
        case .subject: return notification.subject ?? ""
        case .time: return notification.time ?? ""
        case .datacontenttype: return notification.dataContentType ?? ""
        case .dataschema: return notification.dataSchema ?? ""
        case .sequencetype: return SequenceNumber.typeName
        case .traceparent: return notification.traceParent ?? ""
        case .sequence, nil: return ""
        }
    }

    private func extensionString(_ index: Int32, _ notification: Notification) -> String {
        switch notification.extensions[Int(index)].value {
        case .string(let text), .uri(let text), .uriReference(let text), .timestamp(let text): text
        default: ""
        }
    }

    // MARK: Building

    mutating func append(_ value: Value, _ notification: Notification) {
        switch value.kind {
        case .scratchText:
            let copy = Array(scratch[value.offset..<value.offset + value.count])
            scratch += copy
        default:
            var built = scratch
            scratch = []
            withBytes(value, notification) { built.append(contentsOf: $0) }
            scratch = built
        }
    }

    /// The decimal digits of an Integer.
    mutating func digits(_ value: Int64) -> Value {
        let offset = scratch.count
        scratch.append(contentsOf: String(value).utf8)
        return .text(.scratchText, offset: offset, count: scratch.count - offset)
    }

    mutating func built(_ text: String) -> Value {
        let offset = scratch.count
        scratch.append(contentsOf: text.utf8)
        return .text(.scratchText, offset: offset, count: scratch.count - offset)
    }

    func string(of value: Value, _ notification: Notification) -> String {
        withBytes(value, notification) { String(decoding: $0, as: UTF8.self) }
    }
}

private func appendBase64(_ bytes: [UInt8], to text: inout [UInt8]) {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
        for index in 0..<4 {
            let sextet = Int(bits >> (18 - 6 * UInt32(index)) & 0x3F)
            text.append(index <= group.count ? alphabet[sextet] : UInt8(ascii: "="))
        }
    }
}
