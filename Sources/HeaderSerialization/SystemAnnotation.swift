/// What IoT Hub says of a message in message annotations rather than in properties (reference 6.4):
/// who sent it over which connection, when it came, what kind it is.
///
/// Inside the bridge they are properties of a notification with these very names. A publisher
/// cannot set them: ``PropertyBag`` and the MQTT mapping mark such names of his with `@`.
public enum SystemAnnotation {
    public static let deviceID = "iothub-connection-device-id"
    public static let moduleID = "iothub-connection-module-id"
    public static let authMethod = "iothub-connection-auth-method"
    /// Milliseconds since 1970-01-01T00:00:00Z, an AMQP timestamp on the wire.
    public static let enqueuedTime = "iothub-enqueuedtime"
    /// `Telemetry` for device messages.
    public static let messageSource = "iothub-message-source"
    /// The component of a plug-and-play device, from `$.sub`.
    public static let subject = "dt-subject"
    public static let dataSchema = "dt-dataschema"

    /// Whether a property of that name travels as a message annotation.
    public static func isReserved(_ name: String) -> Bool {
        switch name.utf8.first {
        case UInt8(ascii: "i"):
            name.utf8.starts(with: "iothub-connection-".utf8) || name == enqueuedTime || name == messageSource
        case UInt8(ascii: "d"):
            name == subject || name == dataSchema
        default:
            false
        }
    }
}
