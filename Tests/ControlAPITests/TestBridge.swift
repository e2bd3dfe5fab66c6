import ControlAPI
import Foundation
import HTTPServing
import Ingest
import Logging
import NIOPosix
import Notifications
import Routing
import Synchronization

@testable import Journal

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A journal in a folder of its own, and the API over it.
struct TestBridge {
    struct Answer {
        var status: Int
        var fields: [AnyHashable: Any]
        var body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        /// The `error` member.
        var error: [String: Any] {
            let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
            return object?["error"] as? [String: Any] ?? [:]
        }

        var code: String? { error["code"] as? String }
        var details: [[String: Any]] { error["details"] as? [[String: Any]] ?? [] }
        func field(_ name: String) -> String? { fields.first { "\($0.key)".lowercased() == name }.map { "\($0.value)" } }
    }

    let journal: Journal
    let intake: EventIntake
    let reader: EndpointReader
    let server: ControlServer

    /// Everything goes to every endpoint, but for events whose type ends in `.unwanted`.
    private static func table(_ slots: [EndpointID: EndpointSlot]) throws -> RouteTable {
        try RouteTable(
            endpoints: slots.map { RouteTable.Endpoint(id: $0, place: Int($1.rawValue)) },
            routes: slots.keys.map { RouteDefinition(id: "all", endpoint: $0, filter: "NOT (type LIKE '%.unwanted')") })
    }

    static func run(token: String? = nil, _ body: (TestBridge) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/control-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let journal = try Journal(folder: folder, durability: .processCrash, logger: logger)
        defer { journal.close() }
        let slots = try journal.register(endpoints: ["hub"])
        let intake = EventIntake(
            settings: IngestSettings(source: "factory-7.example.net", maximumPayloadBytes: 100_000), journal: journal,
            router: Router(try table(slots)), logger: logger)
        let server = try await ControlServer.start(
            ControlConfiguration(host: "127.0.0.1", port: 0, token: token.map { Secret($0) }),
            intake: intake, deadLetters: journal.deadLetters,
            status: {
                BridgeStatus(
                    version: "1", intake: BridgeStatus.Intake(journal.gate), sources: [BridgeStatus.Source(name: "ht\"tp", intake.statistics)],
                    journal: BridgeStatus.Store(journal.statistics), endpoints: [])
            },
            on: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let bridge = TestBridge(
            journal: journal, intake: intake, reader: try journal.reader(for: "hub"), server: server)
        do {
            try await body(bridge)
        } catch {
            await bridge.end()
            throw error
        }
        await bridge.end()
    }

    private func end() async {
        await server.close()
    }

    func ask(_ method: String, _ path: String, _ fields: [String: String] = [:], _ body: String? = nil) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(server.port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        for (name, value) in fields { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        return Answer(status: response.statusCode, fields: response.allHeaderFields, body: data)
    }

    func post(_ type: String, _ body: String) async throws -> Answer {
        try await ask("POST", "/events", ["content-type": type], body)
    }
}
