import AMQPCodec
import Notifications

/// Notifications as AMQP 1.0 messages, in the binary mode of the CloudEvents AMQP binding with the
/// spelling that Digital Twins has (reference 1.3, 6.4, 7.2).
///
/// | of the notification | in the message | AMQP type, rule |
/// |---|---|---|
/// | `specversion` | application property `cloudEvents:specversion` | string `1.0` |
/// | `id` | application property `cloudEvents:id`, and message-id unless the device set its own | string |
/// | `source` `type` `subject` `dataschema` `traceparent` | application property `cloudEvents:NAME` | string |
/// | `time` | application property `cloudEvents:time` | string as it came; timestamp with `nativeTypes` |
/// | `sequence`, `sequencetype` | application properties `cloudEvents:NAME` | decimal string; `Integer` |
/// | `datacontenttype` | properties, content-type | symbol |
/// | extension attributes | application property `cloudEvents:NAME` | canonical string; with `nativeTypes` boolean, long, binary, timestamp |
/// | properties | application property under the own name; one that begins with a separator form of the prefix gets `@` before it | string, or null where there is no value |
/// | properties of ``SystemAnnotation`` | message annotation of that name | string; `iothub-enqueuedtime` timestamp |
/// | `messageFields.messageID` | properties, message-id | string |
/// | `messageFields.userID`, `.correlationID` | properties, user-id, correlation-id | binary; correlation-id a string where it is UTF-8 |
/// | `messageFields.replyTo`, `.contentEncoding` | properties, reply-to, content-encoding | string, symbol |
/// | `messageFields.expiresAtMilliseconds` | properties, absolute-expiry-time; header ttl where the clock is given | timestamp; uint milliseconds |
/// | body | one data section, also where it is empty | binary |
/// | partition key (parameter) | message annotation `x-opt-partition-key` | string |
/// | session (parameter) | properties, group-id | string |
/// | for Service Bus: `id` | properties, message-id, also where the device set its own: a queue detects duplicates by it | string |
/// | for Service Bus: `subject` | properties, subject | string |
/// | for Service Bus: extension attribute `scheduledenqueuetime` | message annotation `x-opt-scheduled-enqueue-time`, where it is a time | timestamp |
///
/// Read are both spellings of the prefix, `cloudEvents:` and `cloudEvents_`, strings and native
/// types, and structured messages (content-type `application/cloudevents+json`).
///
/// The narrowest encodings are used throughout. No length is limited here: the peer's
/// max-message-size decides.
public struct AMQPSerialization: Sendable {
    public struct Options: Sendable, Hashable {
        /// Before each attribute's name. Digital Twins writes the colon; JMS needs `cloudEvents_`.
        public var prefix: String
        /// Booleans, integers, binaries and times in AMQP's own types instead of strings.
        public var nativeTypes: Bool
        /// The header's durable flag: a broker keeps the message on disk.
        public var durable: Bool

        public init(prefix: String = "cloudEvents:", nativeTypes: Bool = false, durable: Bool = true) {
            self.prefix = prefix
            self.nativeTypes = nativeTypes
            self.durable = durable
        }
    }

    public let options: Options
    let keys: AMQPAttributeKeys

    public init(options: Options = Options()) {
        self.options = options
        keys = AMQPAttributeKeys(prefix: options.prefix)
    }

    func isReserved(_ name: Substring.UTF8View) -> Bool {
        prefixLength(of: name) != nil
    }

    /// Bytes of the prefix that makes `name` an attribute's; nil for any other name.
    func prefixLength(of name: Substring.UTF8View) -> Int? {
        name.withContiguousBytes { bytes in
            keys.readPrefixes.first { prefix in
                bytes.count >= prefix.count && prefix.indices.allSatisfy { bytes[$0] == prefix[$0] }
            }?.count
        }
    }
}

/// The encoded names of the attributes that most messages have: the string's head, the prefix and
/// the name in one run of bytes.
struct AMQPAttributeKeys: Sendable {
    let prefix: [UInt8]
    /// Prefixes that are read: the one that is written first, then those of the binding.
    let readPrefixes: [[UInt8]]
    let id: [UInt8]
    let source: [UInt8]
    let type: [UInt8]
    let subject: [UInt8]
    let time: [UInt8]
    let dataSchema: [UInt8]
    let traceParent: [UInt8]
    let sequence: [UInt8]
    /// Name and value: both are always the same.
    let specVersion: [UInt8]
    let sequenceType: [UInt8]

    init(prefix: String) {
        func encoded(_ texts: String...) -> [UInt8] {
            var bytes: [UInt8] = []
            for text in texts { AMQPValue.string(text).encode(into: &bytes) }
            return bytes
        }
        self.prefix = Array(prefix.utf8)
        readPrefixes = [prefix, "cloudEvents:", "cloudEvents_"].map { Array($0.utf8) }
        id = encoded(prefix + "id")
        source = encoded(prefix + "source")
        type = encoded(prefix + "type")
        subject = encoded(prefix + "subject")
        time = encoded(prefix + "time")
        dataSchema = encoded(prefix + "dataschema")
        traceParent = encoded(prefix + "traceparent")
        sequence = encoded(prefix + "sequence")
        specVersion = encoded(prefix + "specversion", AttributeCollector.specVersionValue)
        sequenceType = encoded(prefix + "sequencetype", SequenceNumber.typeName)
    }
}
