/// The metadata keys of this module's log lines.
enum LoggingKeys {
    static let connection = "mqtt.connection"
    static let host = "mqtt.host"
    static let port = "mqtt.port"
    static let failure = "mqtt.failure"
    static let failureKind = "mqtt.failure-kind"
    static let delay = "mqtt.delay"
    static let attempt = "mqtt.attempt"
    static let filter = "mqtt.filter"
    static let sessionPresent = "mqtt.session-present"
    static let messages = "mqtt.messages"
}
