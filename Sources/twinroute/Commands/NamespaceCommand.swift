import AMQP
import ArgumentParser
import Foundation
import LocalNamespace
import Logging
import NIOPosix
import ServiceLifecycle
import Signing
import UnixSignals

struct NamespaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "namespace",
        abstract: "Runs the local namespace alone: Event Hubs, Service Bus and Event Grid on this machine.",
        discussion: """
            Microsoft's own clients use it with the connection string that it prints. Without --config \
            entities are made as they are named; with it, only those of the file are there. The \
            emulators' Config.json can be read as it is.

            Examples:
              twinroute namespace
              twinroute namespace --config Config.json --key RootManageSharedAccessKey=c2VjcmV0
              curl -d '{"fault": "reject", "oneIn": 10, "for": "30s"}' http://127.0.0.1:5300/faults
            """)

    @Option(name: .shortAndLong, help: "Entities, keys and faults: an emulator's Config.json, or one of our own.")
    var config: String?

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "AMQP port.")
    var port = 5672

    @Option(help: "Port of the HTTP side: faults, Event Grid, health.")
    var httpPort = 5300

    @Option(help: "Port of AMQP over WebSocket. Default: none.")
    var webSocketPort: Int?

    @Option(help: "Partitions of an event hub made on the fly.")
    var partitions = 4

    @Option(help: "What each entity holds at most, in MiB.")
    var entityMegabytes = 64

    @Option(help: "What all entities hold together at most, in MiB; those that hold most let their oldest go.")
    var totalMegabytes = 1024

    @Option(help: "Folder that keeps contents over a restart. Default: memory only.")
    var data: String?

    @Flag(help: "AMQP over TLS, with a certificate for localhost that is made at the first start.")
    var tls = false

    @Option(help: "Folder of that certificate.")
    var tlsFolder = "twinroute-tls"

    @Option(help: "Port of the HTTP side over TLS, with --tls or --certificate. Default: none.")
    var httpsPort: Int?

    @Option(help: "PEM certificate: AMQP over TLS, with --certificate-key.")
    var certificate: String?

    @Option(help: "PEM key of the certificate.")
    var certificateKey: String?

    @Option(name: .customLong("key"), help: "NAME=KEY, a shared access policy; may be given more than once. Without any, every key is right.")
    var keys: [String] = []

    @Option(help: ArgumentHelp("PEM public key or certificate that access tokens (JWT) have to be signed with; with it every other token but those of --key is refused. Default: every token is right.", valueName: "file"))
    var tokenIssuer: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .notice

    func validate() throws {
        for port in [port, httpPort, webSocketPort ?? 0, httpsPort ?? 0] where !(0...65535).contains(port) {
            throw ValidationError("\(port) is no port; choose one from 1 to 65535, or 0 for a free one")
        }
        guard (1...1024).contains(partitions) else { throw ValidationError("--partitions is 1 to 1024") }
        guard (1...65536).contains(entityMegabytes) else { throw ValidationError("--entity-megabytes is 1 to 65536") }
        guard (1...1_048_576).contains(totalMegabytes) else { throw ValidationError("--total-megabytes is 1 to 1048576") }
        guard (certificate == nil) == (certificateKey == nil) else {
            throw ValidationError("--certificate and --certificate-key go together")
        }
        guard !tls || certificate == nil else { throw ValidationError("--tls makes a certificate; leave --certificate out") }
        guard httpsPort == nil || tls || certificate != nil else {
            throw ValidationError("--https-port needs --tls or --certificate")
        }
        for key in keys where rule(key) == nil { throw ValidationError("--key is NAME=KEY") }
    }

    private func rule(_ text: String) -> AccessRule? {
        let parts = text.split(separator: "=", maxSplits: 1)
        return parts.count == 2 ? AccessRule(name: String(parts[0]), primaryKey: String(parts[1])) : nil
    }

    private struct NoIssuer: ExpectedError {
        let description: String
    }

    private func issuer(_ file: String) throws -> VerificationKey {
        guard let bytes = FileManager.default.contents(atPath: file), let key = VerificationKey(pem: Array(bytes)) else {
            throw NoIssuer(description: "\(file) holds no public RSA key and no certificate in PEM")
        }
        return key
    }

    func run() async throws {
        try await reportingExpectedErrors {
            let logger = Logger.standardError(level: logLevel)
            var configuration = NamespaceConfiguration(
                host: host, port: port, httpPort: httpPort, entityBytes: entityMegabytes << 20, partitions: partitions,
                rules: keys.compactMap { rule($0) })
            configuration.webSocketPort = webSocketPort
            configuration.totalBytes = totalMegabytes << 20
            configuration.dataFolder = data
            configuration.httpsPort = httpsPort
            if let certificate, let certificateKey { configuration.tls = (certificate, certificateKey) }
            if tls {
                let made = try LoopbackCertificate(folder: tlsFolder)
                configuration.tls = (made.certificate, made.key)
            }
            configuration.tokenIssuer = try tokenIssuer.map(issuer)
            if let config { try configuration.read(config) }
            let namespace = try await LocalNamespace.start(
                configuration, on: MultiThreadedEventLoopGroup.singleton, logger: logger)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [namespace, Announcement(lines: greeting(namespace, configuration))],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            try await group.run()
        }
    }

    private func greeting(_ namespace: LocalNamespace, _ configuration: NamespaceConfiguration) -> [String] {
        let rule = configuration.rules.first
        let key = rule.map { $0.primaryKey } ?? "SAS_KEY_VALUE"
        var lines = [
            "twinroute \(VersionCommand.twinroute), local namespace",
            "  AMQP   \(host):\(namespace.port)\(configuration.tls == nil ? "" : "  over TLS")",
            "  HTTP   http://\(host):\(namespace.httpPort ?? 0)  faults, entities, health; Event Grid: POST /api/events",
        ]
        if let port = namespace.httpsPort { lines.append("  HTTPS  https://localhost:\(port)  the same") }
        if let tls = configuration.tls { lines.append("  clients trust  \(tls.certificate)") }
        // Of an emulator, clients expect no TLS.
        let place = configuration.tls == nil ? "\(host):\(namespace.port)" : "localhost:\(namespace.port)"
        let emulator = configuration.tls == nil ? "UseDevelopmentEmulator=true;" : ""
        return lines + [
            "  Endpoint=sb://\(place);SharedAccessKeyName=\(rule?.name ?? "RootManageSharedAccessKey");SharedAccessKey=\(key);\(emulator)",
            configuration.rules.isEmpty
                ? configuration.tokenIssuer == nil ? "  every key is right" : "  access tokens of \(tokenIssuer ?? "") alone are right" : "  keys of \(configuration.rules.map(\.name).joined(separator: ", "))",
            "Ctrl-C ends it.",
        ]
    }
}

extension NamespaceFileError: ExpectedError {}
extension ContentsError: ExpectedError {}
extension LoopbackCertificate.Failure: ExpectedError {}
extension AMQPError: ExpectedError {}
