import Logging

/// Every metadata key of this module's log lines.
enum LoggingKey {
    static let host = "amqp_host"
    static let port = "amqp_port"
    static let peer = "amqp_peer"
    static let container = "amqp_container"
    static let address = "amqp_address"
    static let link = "amqp_link"
    static let error = "error"
}
