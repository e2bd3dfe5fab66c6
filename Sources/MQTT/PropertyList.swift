import CMosquitto

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Owns a list of MQTT 5 properties that is being built for an outgoing packet.
struct PropertyList: ~Copyable {
    private var head: OpaquePointer?
    /// The first result code that was not success.
    private(set) var code: Int32 = MOSQ_ERR_SUCCESS.rawValue

    init() {}

    init(_ properties: MessageProperties) {
        if let format = properties.payloadFormatIndicator {
            note(mosquitto_property_add_byte(&head, Identifier.payloadFormat, format))
        }
        if let expiry = properties.messageExpiryInterval {
            note(mosquitto_property_add_int32(&head, Identifier.messageExpiry, expiry))
        }
        if let contentType = properties.contentType {
            note(mosquitto_property_add_string(&head, Identifier.contentType, contentType))
        }
        if let topic = properties.responseTopic {
            note(mosquitto_property_add_string(&head, Identifier.responseTopic, topic))
        }
        if let data = properties.correlationData {
            guard let count = UInt16(exactly: data.count) else {
                note(MOSQ_ERR_INVAL.rawValue)
                return
            }
            note(mosquitto_property_add_binary(&head, Identifier.correlationData, data, count))
        }
        for property in properties.userProperties {
            note(mosquitto_property_add_string_pair(&head, Identifier.userProperty, property.name, property.value))
        }
    }

    deinit {
        var head = head
        mosquitto_property_free_all(&head)
    }

    mutating func addSessionExpiry(seconds: UInt32) {
        note(mosquitto_property_add_int32(&head, Identifier.sessionExpiry, seconds))
    }

    borrowing func withPointer<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
        body(head)
    }

    private mutating func note(_ result: Int32) {
        if code == MOSQ_ERR_SUCCESS.rawValue {
            code = result
        }
    }
}

extension PropertyList {
    /// Property identifiers (MQTT 5, 2.2.2.2). The header's enumeration imports as unsigned where
    /// its functions take a signed integer.
    enum Identifier {
        static let payloadFormat = Int32(bitPattern: MQTT_PROP_PAYLOAD_FORMAT_INDICATOR.rawValue)
        static let messageExpiry = Int32(bitPattern: MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawValue)
        static let contentType = Int32(bitPattern: MQTT_PROP_CONTENT_TYPE.rawValue)
        static let responseTopic = Int32(bitPattern: MQTT_PROP_RESPONSE_TOPIC.rawValue)
        static let correlationData = Int32(bitPattern: MQTT_PROP_CORRELATION_DATA.rawValue)
        static let subscription = Int32(bitPattern: MQTT_PROP_SUBSCRIPTION_IDENTIFIER.rawValue)
        static let sessionExpiry = Int32(bitPattern: MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue)
        static let serverKeepAlive = Int32(bitPattern: MQTT_PROP_SERVER_KEEP_ALIVE.rawValue)
        static let userProperty = Int32(bitPattern: MQTT_PROP_USER_PROPERTY.rawValue)
    }

    /// The properties of a received PUBLISH. The library has checked their types, lengths and
    /// UTF-8, and refuses U+0000, so C strings hold them whole.
    static func messageProperties(_ list: OpaquePointer?) -> MessageProperties? {
        guard list != nil else { return nil }
        var properties = MessageProperties()
        var next = list
        while let property = next {
            switch mosquitto_property_identifier(property) {
            case Identifier.payloadFormat:
                var value: UInt8 = 0
                if mosquitto_property_read_byte(property, Identifier.payloadFormat, &value, false) != nil {
                    properties.payloadFormatIndicator = value
                }
            case Identifier.messageExpiry:
                var value: UInt32 = 0
                if mosquitto_property_read_int32(property, Identifier.messageExpiry, &value, false) != nil {
                    properties.messageExpiryInterval = value
                }
            case Identifier.contentType:
                properties.contentType = string(property, Identifier.contentType)
            case Identifier.responseTopic:
                properties.responseTopic = string(property, Identifier.responseTopic)
            case Identifier.correlationData:
                properties.correlationData = binary(property, Identifier.correlationData)
            case Identifier.subscription:
                var value: UInt32 = 0
                if mosquitto_property_read_varint(property, Identifier.subscription, &value, false) != nil {
                    properties.subscriptionIdentifiers.append(value)
                }
            case Identifier.userProperty:
                var name: UnsafeMutablePointer<CChar>?
                var value: UnsafeMutablePointer<CChar>?
                if mosquitto_property_read_string_pair(property, Identifier.userProperty, &name, &value, false) != nil {
                    properties.userProperties.append(.init(name: taken(name), value: taken(value)))
                }
            default:
                break
            }
            next = mosquitto_property_next(property)
        }
        return properties
    }

    /// Server Keep Alive of a CONNACK, in seconds.
    static func serverKeepAlive(_ list: OpaquePointer?) -> Int? {
        var seconds: UInt16 = 0
        guard list != nil, mosquitto_property_read_int16(list, Identifier.serverKeepAlive, &seconds, false) != nil
        else { return nil }
        return Int(seconds)
    }

    private static func string(_ property: OpaquePointer, _ identifier: Int32) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard mosquitto_property_read_string(property, identifier, &value, false) != nil else { return nil }
        return taken(value)
    }

    private static func binary(_ property: OpaquePointer, _ identifier: Int32) -> [UInt8]? {
        var value: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        guard mosquitto_property_read_binary(property, identifier, &value, &count, false) != nil else { return nil }
        defer { free(value) }
        return Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : Int(count)))
    }

    /// The text of a C string that the library handed over, which is freed. The library makes no
    /// string where the text is empty.
    private static func taken(_ text: UnsafeMutablePointer<CChar>?) -> String {
        guard let text else { return "" }
        defer { free(text) }
        return String(cString: text)
    }
}
