import Notifications
import Routing
import Synchronization
import Testing

@Suite("Router", .timeLimit(.minutes(5)))
struct RouterTests {
    private final class Flag: Sendable {
        let isDone = Atomic(false)
    }

    /// Both routes of a table match every event, by different means: a half of one table and a half
    /// of the other would show.
    private func table(_ places: ClosedRange<Int>) throws -> RouteTable {
        let endpoints = places.map { RouteTable.Endpoint(id: EndpointID(rawValue: "e\($0)"), place: $0) }
        return try RouteTable(
            endpoints: endpoints,
            routes: endpoints.enumerated().map { index, endpoint in
                RouteDefinition(
                    id: "r\(index)", endpoint: endpoint.id,
                    filter: [nil, "$body.a = 1", "subject LIKE 'd%'"][index % 3])
            })
    }

    @Test("an event is routed by one whole table while tables are replaced")
    func swap() async throws {
        let tables = [try table(0...5), try table(30...35), try table(58...63)]
        let allowed = Set(tables.map { table in table.endpoints.reduce(UInt64(0)) { $0 | 1 << UInt64($1.place) } })
        let router = Router(tables[0])
        let event = Notification(
            id: "1", source: "s", type: EventType.telemetryName, subject: "d1", body: Array(#"{"a": 1}"#.utf8)[...])
        let flag = Flag()
        let seen = await withTaskGroup(of: Set<UInt64>.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var seen: Set<UInt64> = []
                    while !flag.isDone.load(ordering: .acquiring) {
                        for _ in 0..<20 { seen.insert(router.table.destinations(of: event).bits) }
                        await Task.yield()
                    }
                    return seen
                }
            }
            for round in 0..<20_000 {
                router.replace(with: tables[round % tables.count])
                if round % 50 == 0 { await Task.yield() }
            }
            flag.isDone.store(true, ordering: .releasing)
            return await group.reduce(into: Set<UInt64>()) { $0.formUnion($1) }
        }
        #expect(seen.isSubset(of: allowed))
        #expect(router.table.destinations(of: event).bits == tables[19_999 % 3].destinations(of: event).bits)
    }
}
