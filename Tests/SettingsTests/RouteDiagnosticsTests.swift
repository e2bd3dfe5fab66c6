import Foundation
import Settings
import TestSupport
import Testing

@Suite("A route's filter is checked where it stands")
struct RouteDiagnosticsTests {
    private func with(filter: String) -> String {
        plainYAML + "\n  - id: some\n    endpoint: hub\n    filter: \(filter)\n"
    }

    @Test("a fault names line and column inside the text, however YAML writes it", arguments: [
        ("type = 'a' AND AND", "17:28"),
        ("\"type = 'a' AND AND\"", "17:29"),
        ("'subject = ''ü'' AND AND'", "17:34"),
        (">-\n      type = 'a'\n      AND\n        AND", "20:9"),
        ("|\n      type = 'ü' AND\n      AND", "19:7"),
        ("type = \"a", "17:20"),
    ])
    func positions(filter: String, place: String) throws {
        let found = faults(with(filter: filter))
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("bridge.yaml:\(place): routes[1].filter: "))
    }

    @Test("says what was expected and what may have been meant")
    func words() {
        #expect(faults(with(filter: "$bdy.temp > 30")) == [
            "bridge.yaml:17:13: routes[1].filter: `$bdy` is no path; expected $body, $patch (did you mean $body?)"
        ])
    }

    @Test("shows nothing of what a variable holds")
    func variables() throws {
        let found = faults(with(filter: "subject = ${WHO}"), environment: ["WHO": "hidden hidden"])
        let fault = try #require(found.first)
        #expect(fault.hasPrefix("bridge.yaml:17:13: routes[1].filter, at its character 18 once variables are read: unexpected `…`"))
        #expect(!fault.contains("hidden"))
        let warnings = try load(with(filter: "type = '${WHO}'"), environment: ["WHO": "hidden"]).warnings
        #expect(!warnings.isEmpty)
        #expect(!warnings.contains { "\($0)".contains("hidden") })
    }

    @Test("is reported with every other fault")
    func together() {
        let found = faults(with(filter: "type =").replacingOccurrences(of: "    path: telemetry", with: "    paht: telemetry"))
        #expect(found.count >= 2)
        #expect(found.contains { $0.contains("unknown key 'paht'") })
        #expect(found.contains { $0.contains("routes[1].filter") })
    }

    @Test("a plain configuration has no warnings, nor has the contract's")
    func noWarnings() throws {
        #expect(try load(plainYAML).warnings == [])
        let folder = try TemporaryFolder()
        try folder.writeCredentials()
        let contract = try load(ContractTests.example, environment: ContractTests.environment, folder: folder.path)
        #expect(contract.warnings.filter { $0.severity == .warning } == [])
    }

    @Test("warnings name the place, the reason and the remedy", arguments: [
        ("sequence > 5", "17:13: warning: an event is routed before it is numbered: `sequence` is absent unless the publisher sent one"),
        ("type = 'Microsoft.IoT.Telemetry'", "17:20: warning: "),
        ("type = 'microsoft.digitaltwins.twin.create'", "17:20: warning: "),
        ("$body.a > 1", "15:5: warning: route 'some' changes nothing: route 'all' sends the same events to hub (remove one of the two)"),
    ])
    func warnings(filter: String, expected: String) throws {
        let found = try load(with(filter: filter)).warnings.map { "\($0)" }
        #expect(found.contains { $0.hasPrefix("bridge.yaml:\(expected)") }, "\(found)")
    }

    @Test("an endpoint that gets nothing, and an event type that nobody knows")
    func endpoints() throws {
        let text = plain("    path: telemetry", "    path: telemetry\n    eventTypes: [DeviceMesage]")
            .replacingOccurrences(of: "routes:\n  - id: all\n    endpoint: hub", with: "routes: []")
        let found = try load(text).warnings.map { "\($0)" }
        #expect(found == [
            "bridge.yaml:9:5: warning: no route goes to endpoint 'hub': it gets nothing (add a route; one without a filter takes every event)",
            "bridge.yaml:12:18: warning: 'DeviceMesage' is no known event type: only CloudEvents of exactly this type are taken (did you mean 'DeviceMessage'?)",
        ])
    }
}
