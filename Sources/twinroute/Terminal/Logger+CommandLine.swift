import Logging

extension Logger {
    /// For commands that say what went wrong themselves.
    static let quiet = Logger(label: "twinroute") { _ in SwiftLogNoOpLogHandler() }

    /// To standard error, for `serve`.
    static func standardError(level: Logger.Level) -> Logger {
        var logger = Logger(label: "twinroute") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
