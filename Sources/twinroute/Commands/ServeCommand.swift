import ArgumentParser
import Journal
import Logging
import ServiceLifecycle
import Settings

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the bridge until Ctrl-C or SIGTERM.",
        discussion: """
            Without --config everything runs on this machine: a mosquitto broker, a local namespace \
            that stands for Azure, and the bridge between them. With --config, SIGHUP takes changed \
            routes over from the file.

            Examples:
              twinroute serve
              twinroute serve --mqtt-port 11883 --amqp-port 15672 --http-port 18080 --namespace-http-port 15300
              twinroute serve --config /etc/twinroute/bridge.yaml
            """)

    @Option(name: .shortAndLong, help: "YAML configuration. Without it: embedded defaults.")
    var config: String?

    @Option(help: "Port of the embedded MQTT broker; without --config only. Default: 1883.")
    var mqttPort: Int?

    @Option(help: "Port of the local namespace; without --config only. Default: 5672.")
    var amqpPort: Int?

    @Option(help: "Port of the HTTP API; without --config only. Default: 8080.")
    var httpPort: Int?

    @Option(help: "Port of the local namespace's HTTP side: faults, Event Grid; without --config only. Default: 5300.")
    var namespaceHttpPort: Int?

    @Option(help: "Folder of the journal. Default: ./twinroute-data, or the configuration's `data`.")
    var data: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .notice

    func validate() throws {
        let ports = [mqttPort, amqpPort, httpPort, namespaceHttpPort]
        if config != nil, ports.contains(where: { $0 != nil }) {
            throw ValidationError(
                "--mqtt-port, --amqp-port, --http-port and --namespace-http-port are for embedded defaults; with --config write the ports there")
        }
        for port in ports.compactMap({ $0 }) where !(1...65535).contains(port) {
            throw ValidationError("\(port) is no port; choose one from 1 to 65535")
        }
    }

    func run() async throws {
        MemoryAllocator.shareHeaps()
        try await reportingExpectedErrors {
            let bridge = try await assembleBridge(logger: Logger.standardError(level: logLevel))
            try await bridge.run()
        }
    }

    private func assembleBridge(logger: Logger) async throws -> Bridge {
        if let config {
            let load: @Sendable () throws -> BridgeConfiguration = { [data] in
                let loaded = try ConfigurationLoader().load(config)
                for warning in loaded.warnings where warning.severity == .warning { StandardError.print("\(warning)") }
                var configuration = loaded.configuration
                if let data { configuration.data = data }
                return configuration
            }
            return try await Bridge.assemble(try load(), reload: load, logger: logger)
        }
        var defaults = EmbeddedDefaults()
        if let mqttPort { defaults.mqttPort = mqttPort }
        if let amqpPort { defaults.amqpPort = amqpPort }
        if let httpPort { defaults.httpPort = httpPort }
        if let namespaceHttpPort { defaults.namespaceHTTPPort = namespaceHttpPort }
        if let data { defaults.data = data }
        return try await Bridge.assemble(defaults, logger: logger)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
