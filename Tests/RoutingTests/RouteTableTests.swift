import Filters
import Notifications
import Routing
import Testing

@Suite("Route table")
struct RouteTableTests {
    private static let hub = RouteTable.Endpoint(id: "hub", place: 0)
    private static let bus = RouteTable.Endpoint(id: "bus", place: 5)

    private func event(
        _ type: String = EventType.telemetryName, subject: String = "d1", body: String = "{}"
    ) -> Notification {
        Notification(id: "1", source: "s", type: type, subject: subject, body: Array(body.utf8)[...])
    }

    private func table(
        _ routes: [(endpoint: EndpointID, filter: String?)], endpoints: [RouteTable.Endpoint] = [hub, bus]
    ) throws -> RouteTable {
        try RouteTable(
            endpoints: endpoints,
            routes: routes.enumerated().map { RouteDefinition(id: "r\($0)", endpoint: $1.endpoint, filter: $1.filter) })
    }

    @Test("with no route nothing leaves")
    func noRoute() throws {
        #expect(try table([]).destinations(of: event()).isEmpty)
        #expect(RouteTable.empty.destinations(of: event()).isEmpty)
    }

    @Test("a route without a filter takes everything, to its own endpoint")
    func noFilter() throws {
        let destinations = try table([("bus", nil)]).destinations(of: event("anything"))
        #expect(destinations == Destinations(bits: 1 << 5))
        #expect(destinations.contains(place: 5))
        #expect(!destinations.contains(place: 0))
        #expect(!destinations.contains(place: 64))
    }

    @Test("a filter takes what it matches, by attributes and body")
    func filter() throws {
        let table = try table([("hub", "$body.temp > 30"), ("bus", "subject = 'd2'")])
        #expect(table.destinations(of: event(body: #"{"temp": 31}"#)).bits == 1)
        #expect(table.destinations(of: event(body: #"{"temp": 30}"#)).isEmpty)
        #expect(table.destinations(of: event(subject: "d2", body: #"{"temp": 31}"#)).bits == 1 | 1 << 5)
        #expect(table.destinations(of: event(subject: "d2", body: "no JSON")).bits == 1 << 5)
    }

    @Test("several routes to one endpoint deliver once, whichever of them match")
    func once() throws {
        let table = try table([("hub", "subject = 'd1'"), ("hub", nil), ("hub", "$body.a = 1"), ("hub", "subject = 'd2'")])
        #expect(table.destinations(of: event(body: #"{"a": 1}"#)).count == 1)
        let filtered = try self.table([("hub", "subject = 'd1'"), ("hub", "$body.a = 1")])
        #expect(filtered.destinations(of: event()).bits == 1)
        #expect(filtered.destinations(of: event(subject: "d2", body: #"{"a": 1}"#)).bits == 1)
        #expect(filtered.destinations(of: event(subject: "d2")).isEmpty)
    }

    @Test("an error in a filter is no match, and no other route's business")
    func error() throws {
        let table = try table([("hub", "nothing = 1"), ("bus", "1 / 0 = 1 OR TRUE"), ("bus", "subject = 'd1'")])
        #expect(table.destinations(of: event()).bits == 1 << 5)
    }

    @Test("an endpoint's eventTypes limit all its routes, and nobody else's")
    func eventTypes() throws {
        let limited = RouteTable.Endpoint(id: "hub", place: 0, eventTypes: ["DeviceMessage"])
        let table = try table([("hub", nil), ("hub", "subject = 'd1'"), ("bus", nil)], endpoints: [limited, Self.bus])
        #expect(table.destinations(of: event()).bits == 1 | 1 << 5)
        #expect(table.destinations(of: event("Microsoft.DigitalTwins.Twin.Create")).bits == 1 << 5)
        #expect(table.destinations(of: event("com.example.own")).bits == 1 << 5)
    }

    @Test("64 endpoints have places, and each is reached by its own")
    func manyEndpoints() throws {
        let endpoints = (0..<64).map { RouteTable.Endpoint(id: EndpointID(rawValue: "e\($0)"), place: $0) }
        let table = try table(
            (0..<64).map { ("e\($0)".id, "subject = 'd\($0)' OR subject = 'all'") }, endpoints: endpoints)
        for number in [0, 1, 31, 32, 62, 63] {
            #expect(table.destinations(of: event(subject: "d\(number)")).bits == 1 << UInt64(number))
        }
        #expect(table.destinations(of: event(subject: "all")).bits == .max)
        #expect(table.destinations(of: event(subject: "d64")).isEmpty)
    }

    @Test("more routes than a word has bits")
    func manyRoutes() throws {
        let table = try table((0..<300).map { ($0 % 2 == 0 ? "hub" : "bus", "subject = 'd\($0)'") })
        for number in 0..<300 {
            #expect(table.destinations(of: event(subject: "d\(number)")).bits == (number % 2 == 0 ? 1 : 1 << 5))
        }
    }

    @Test("every fault is reported at once, with the route it is in")
    func faults() throws {
        let routes = [
            RouteDefinition(id: "a", endpoint: "hub", filter: "subject ="),
            RouteDefinition(id: "b", endpoint: "hob"),
            RouteDefinition(id: "c", endpoint: "hub", filter: "type = 'x' AND AND"),
        ]
        let endpoints = [Self.hub, RouteTable.Endpoint(id: "other", place: 0), RouteTable.Endpoint(id: "far", place: 64)]
        let error = #expect(throws: RouteFaults.self) { try RouteTable(endpoints: endpoints, routes: routes) }
        let faults = try #require(error?.faults)
        #expect(faults.count == 5)
        #expect(faults.contains(.unusablePlace(endpoint: "other", place: 0)))
        #expect(faults.contains(.unusablePlace(endpoint: "far", place: 64)))
        #expect(faults.contains(.unknownEndpoint(route: 1, id: "b", endpoint: "hob")))
        let places = faults.compactMap { fault -> String? in
            guard case .filter(let route, let id, let error) = fault else { return nil }
            return "\(route) \(id) \(error.position)"
        }
        #expect(places == ["0 a 1:10", "2 c 1:16"])
    }

    @Test("an explanation says of each route what the table does")
    func explanation() throws {
        let limited = RouteTable.Endpoint(id: "hub", place: 0, eventTypes: ["DeviceMessage"])
        let table = try table(
            [("hub", nil), ("bus", "$body.a > 1"), ("hub", "subject LIKE 'd%'"), ("bus", "x = 1")],
            endpoints: [limited, Self.bus])
        for type in [EventType.telemetryName, "com.example.own"] {
            for body in ["{}", #"{"a": 2}"#, "x"] {
                let event = event(type, body: body)
                let explained = table.explain(event)
                #expect(explained.map(\.route.id) == ["r0", "r1", "r2", "r3"])
                var bits: UInt64 = 0
                for route in explained where route.delivers { bits |= route.route.endpoint == "hub" ? 1 : 1 << 5 }
                #expect(table.destinations(of: event).bits == bits)
            }
        }
    }

    @Test("lints: the number that is not there yet, and a route that another makes superfluous")
    func lints() throws {
        let table = try table([
            ("hub", "type = 'x' AND sequence > 5"), ("bus", "type = 'a' OR type = 'b'"), ("bus", "type = 'a'"), ("bus", "type = 'c'"),
        ])
        let found = table.lints()
        let numbered = try #require(found.first { $0.message.contains("before it is numbered") })
        #expect(numbered.route == 0)
        #expect(numbered.offset == 15)
        let redundant = found.filter { $0.message.contains("changes nothing") }
        #expect(redundant.map(\.route) == [2])
        let all = try self.table([("hub", "type = 'a'"), ("hub", nil)]).lints()
        #expect(all.contains { $0.route == 0 && $0.message.contains("route 'r1'") })
    }
}

extension String {
    fileprivate var id: EndpointID { EndpointID(rawValue: self) }
}
