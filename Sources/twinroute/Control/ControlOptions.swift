import ArgumentParser
import Foundation
import Notifications

/// How the commands that talk to a running bridge find it.
struct ControlOptions: ParsableArguments {
    @Option(help: "Where the bridge's HTTP API is. Default: $TWINROUTE_URL, or else http://127.0.0.1:8080.")
    var url: String?

    @Option(help: "The bearer token of the API. Default: $TWINROUTE_TOKEN.")
    var token: String?

    @Option(help: "PEM file of the authority that signed the API's certificate. Default: the system's.")
    var ca: String?

    @Flag(help: "JSON, as the API answers.")
    var json = false

    /// Opens a client for the time of `work`.
    func withClient<R: Sendable>(_ work: (ControlClient) async throws -> R) async throws -> R {
        let environment = ProcessInfo.processInfo.environment
        let client = try ControlClient(
            base: url ?? environment["TWINROUTE_URL"] ?? "http://127.0.0.1:8080",
            token: (token ?? environment["TWINROUTE_TOKEN"]).map { Secret($0) }, authority: ca)
        do {
            let result = try await work(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}
