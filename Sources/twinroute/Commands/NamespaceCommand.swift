import ArgumentParser
import LocalNamespace
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

struct NamespaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "namespace",
        abstract: "Runs the local namespace alone: Event Hubs, Service Bus and Event Grid on this machine.",
        discussion: """
            Microsoft's own clients use it with the connection string that it prints. Entities are made
            as they are named.

            Examples:
              twinroute namespace
              twinroute namespace --port 15672
            """)

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "AMQP port.")
    var port = 5672

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .notice

    func run() async throws {
        try await reportingExpectedErrors {
            let logger = Logger.standardError(level: logLevel)
            let namespace = try await LocalNamespace.start(
                NamespaceConfiguration(host: host, port: port), on: MultiThreadedEventLoopGroup.singleton, logger: logger)
            let lines = [
                "twinroute local namespace, AMQP on \(host):\(namespace.port)",
                "  Endpoint=sb://\(host):\(namespace.port);SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;",
                "Ctrl-C ends it.",
            ]
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [namespace, Announcement(lines: lines)], gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger))
            try await group.run()
        }
    }
}
