import Notifications
import SwiftProtobuf

// The generated messages hold bytes as `Data`.
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Notifications in the CloudEvents protobuf event format (reference 7.5).
///
/// | of the notification | in `io.cloudevents.v1.CloudEvent` | type, rule |
/// |---|---|---|
/// | `id` `source` `specversion` `type` | fields 1 to 4 | string |
/// | `subject` `datacontenttype` `traceparent`, `sequence`, `sequencetype` | `attributes` | `ce_string` |
/// | `dataschema` | `attributes` | `ce_uri` |
/// | `time` | `attributes` | `ce_timestamp`; `ce_string` where the text would not come back the same |
/// | extension attributes | `attributes` | the `ce_…` of their type; a timestamp as `time` |
/// | properties and message fields | `attributes`, `propertybag` | `ce_string`, syntax of ``PropertyBag`` |
/// | body, a JSON object | `proto_data` | `google.protobuf.Struct`; numbers are doubles there |
/// | body, other JSON | `proto_data` | `google.protobuf.Value` |
/// | body, content type text or XML, UTF-8 | `text_data` | string |
/// | any other body | `binary_data` | bytes |
/// | empty body | – | |
///
/// When read, `proto_data` of these two types becomes JSON again, and says so where there is no
/// `datacontenttype`; of another type it stays the bytes of the message. Protobuf readers commonly
/// stop at 100 messages inside one another, which JSON of 33 levels can reach.
public struct ProtobufEventFormat: Sendable {
    typealias Event = Io_Cloudevents_V1_CloudEvent
    typealias Value = Event.CloudEventAttributeValue

    public init() {}

    /// Throws where the body is not what its content type says.
    public func encode(_ notification: Notification) throws(SerializationError) -> [UInt8] {
        var event = Event()
        event.id = notification.id
        event.source = notification.source
        event.type = notification.type
        event.specVersion = AttributeCollector.specVersionValue
        notification.forEachAttribute { name, value in
            switch name {
            case "id", "source", "type", "specversion": break
            default: event.attributes[name] = Self.attribute(value)
            }
        }
        if let type = notification.dataContentType { event.attributes["datacontenttype"] = .with { $0.ceString = type } }
        if let bag = PropertyBag.attribute(of: notification) {
            event.attributes[PropertyBag.attributeName] = .with { $0.ceString = bag }
        }
        try setData(of: notification, in: &event)
        do {
            var options = BinaryEncodingOptions()
            // The same event gives the same bytes.
            options.useDeterministicOrdering = true
            return try event.serializedBytes(options: options)
        } catch {
            throw SerializationError("event", .invalidProtobuf("\(error)"))
        }
    }

    private static func attribute(_ value: AttributeValue) -> Value {
        .with {
            switch value {
            case .string(let text): $0.ceString = text
            case .boolean(let value): $0.ceBoolean = value
            case .integer(let value): $0.ceInteger = value
            case .binary(let bytes): $0.ceBytes = .init(bytes)
            case .uri(let text): $0.ceUri = text
            case .uriReference(let text): $0.ceUriRef = text
            case .timestamp(let text):
                if let time = ProtobufTime.timestamp(text) { $0.ceTimestamp = time } else { $0.ceString = text }
            }
        }
    }

    private func setData(of notification: Notification, in event: inout Event) throws(SerializationError) {
        guard !notification.body.isEmpty else { return }
        if let json = try BodyRules.json(of: notification) {
            do {
                if case .object(let members) = json {
                    event.protoData = try Google_Protobuf_Any(message: ProtobufJSON.structure(members))
                } else {
                    event.protoData = try Google_Protobuf_Any(message: ProtobufJSON.value(json))
                }
            } catch {
                throw SerializationError("body", .invalidProtobuf("\(error)"))
            }
        } else if let type = notification.dataContentType, MediaType.isText(type),
            let text = String(validating: notification.body, as: UTF8.self)
        {
            event.textData = text
        } else {
            event.binaryData = .init(notification.body)
        }
    }

    // MARK: Reading

    public func decode(_ bytes: ArraySlice<UInt8>) throws(SerializationError) -> Notification {
        let event: Event
        do {
            var options = BinaryDecodingOptions()
            options.messageDepthLimit = JSONScanner.maximumDepth * 3
            event = try Event(serializedBytes: Array(bytes), options: options)
        } catch {
            throw SerializationError("event", .invalidProtobuf("\(error)"))
        }
        var collector = AttributeCollector()
        for (name, text) in [
            ("id", event.id), ("source", event.source), ("specversion", event.specVersion), ("type", event.type),
        ] where !text.isEmpty {
            try collector.set(name, text)
        }
        // A protobuf map has no order; names in order make the result the same every time.
        for (name, value) in event.attributes.sorted(by: { $0.key < $1.key }) {
            if let value = Self.attribute(value) { try collector.set(name, value) }
        }
        let body = try body(of: event)
        if event.attributes["datacontenttype"] == nil, Self.isJSON(event.data) {
            try collector.overrideDataContentType(MediaType.json)
        }
        return try collector.notification(body: body)
    }

    private static func attribute(_ value: Value) -> AttributeValue? {
        switch value.attr {
        case .ceString(let text): .string(text)
        case .ceBoolean(let value): .boolean(value)
        case .ceInteger(let value): .integer(value)
        case .ceBytes(let bytes): .binary(Array(bytes))
        case .ceUri(let text): .uri(text)
        case .ceUriRef(let text): .uriReference(text)
        case .ceTimestamp(let time): .timestamp(ProtobufTime.text(time))
        case nil: nil
        }
    }

    private static func isJSON(_ data: Event.OneOf_Data?) -> Bool {
        guard case .protoData(let any) = data else { return false }
        return any.isA(Google_Protobuf_Struct.self) || any.isA(Google_Protobuf_Value.self)
    }

    private func body(of event: Event) throws(SerializationError) -> ArraySlice<UInt8> {
        switch event.data {
        case .binaryData(let bytes): return Array(bytes)[...]
        case .textData(let text): return Array(text.utf8)[...]
        case .protoData(let any): return try body(of: any)
        case nil: return []
        }
    }

    private func body(of any: Google_Protobuf_Any) throws(SerializationError) -> ArraySlice<UInt8> {
        var output: [UInt8] = []
        do {
            if any.isA(Google_Protobuf_Struct.self) {
                try ProtobufJSON.append(try Google_Protobuf_Struct(unpackingAny: any), to: &output)
            } else if any.isA(Google_Protobuf_Value.self) {
                try ProtobufJSON.append(try Google_Protobuf_Value(unpackingAny: any), to: &output)
            } else {
                return Array(any.value)[...]
            }
        } catch {
            throw SerializationError("data", .invalidProtobuf("\(error)"))
        }
        return output[...]
    }
}
