import Logging
import MQTT

extension ConnectionConfiguration {
    /// On loopback, and quick to try again.
    static func test(
        port: Int, _ version: ProtocolVersion = .v5, clientID: String = "bridge", filter: String? = "#"
    ) -> ConnectionConfiguration {
        ConnectionConfiguration(
            name: "test", host: "127.0.0.1", port: port, protocolVersion: version, clientID: clientID,
            subscriptions: filter.map { [Subscription(filter: $0)] } ?? [],
            backOff: BackOff(base: .milliseconds(1), cap: .milliseconds(20)))
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs a connection while `body` lasts.
func withConnection<Value>(
    _ configuration: ConnectionConfiguration,
    _ body: (Connection, Recorder) async throws -> Value
) async throws -> Value {
    let recorder = Recorder()
    let connection = Connection(configuration, logger: quiet, handler: recorder)
    let running = Task { try await connection.run() }
    let outcome: Result<Value, any Error>
    do {
        outcome = .success(try await body(connection, recorder))
    } catch {
        outcome = .failure(error)
    }
    running.cancel()
    try await running.value
    return try outcome.get()
}
