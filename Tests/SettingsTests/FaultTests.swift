import Settings
import Testing

@Suite("A fault of the configuration names file, line, column, reason and remedy")
struct FaultTests {
    @Test("unknown key, with the nearest known one")
    func unknownKey() {
        #expect(
            faults(plain("    url:", "    sesionExpiry: 7d\n    url:")) == [
                "bridge.yaml:4:5: unknown key 'sesionExpiry' in mqtt[0] (did you mean 'sessionExpiry'?)"
            ])
        #expect(
            faults("colour: red\n" + plainYAML) == [
                "bridge.yaml:1:1: unknown key 'colour' (known here: source, data, durability, minimumFree, deadLetters, serviceName, dialect, mqtt, endpoints, routes, http)"
            ])
    }

    @Test("wrong type: a list, a mapping or nothing where a single value belongs, and the reverse")
    func wrongType() {
        #expect(
            faults(plain("source: factory-7.example.net", "source: [a, b]")) == [
                "bridge.yaml:1:9: source is a list (write a URI reference)"
            ])
        #expect(
            faults(plain("    path: telemetry", "    path: { a: b }")) == [
                "bridge.yaml:11:11: endpoints.hub.path is a mapping (write a text)"
            ])
        #expect(
            faults(plain("routes:\n  - id: all\n    endpoint: hub", "routes: all")) == [
                "bridge.yaml:12:9: routes is a single value (write a list of mappings, see routes)"
            ])
        #expect(
            faults(plain("  - id: all\n    endpoint: hub", "  - 17")) == [
                "bridge.yaml:13:5: routes[0] is a single value (write a mapping of id, endpoint, filter)"
            ])
        #expect(
            faults(plain("      - topic: devices/{subject}/telemetry", "      - topic: {subject}")) == [
                "bridge.yaml:6:16: mqtt[0].subscriptions[0].topic is a mapping (write a topic template such as devices/{subject}/telemetry)"
            ])
        #expect(faults("- a") == [
            "bridge.yaml:1:1: the configuration is a list (write a mapping of source, data, durability, minimumFree, deadLetters, serviceName, dialect, mqtt, endpoints, routes, http)"
        ])
    }

    @Test("names of an Event Grid topic's fields that cannot be")
    func eventGridFields() {
        func grid(_ lines: String) -> [String] {
            faults(
                plain(
                    "endpoints:", """
                    endpoints:
                      topic:
                        type: EventGrid
                        connectionString: a2V5
                        path: t.westeurope-1.eventgrid.azure.net
                    \(lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
                    """))
        }
        #expect(grid("schema: Custom\nfields: { id: uid, subject: device }") == [])
        #expect(
            grid("schema: Custom\nfields: { id: data }") == [
                "bridge.yaml:13:13: endpoints.topic.fields: 'data' stands for two fields (give each a name of its own; data is taken)"
            ])
        #expect(
            grid("fields: { id: uid }") == [
                "bridge.yaml:12:13: endpoints.topic.fields names the fields of a custom input schema, and the topic has none (add schema: Custom, or remove fields)"
            ])
    }

    @Test("missing required field, at the section that lacks it")
    func missing() {
        #expect(
            faults(plain("source: factory-7.example.net\n", "")) == [
                "bridge.yaml:1:1: 'source' is missing (add source: a URI reference)"
            ])
        #expect(
            faults(plain("    url: mqtt://broker.example.net\n", "    url:\n")) == [
                "bridge.yaml:3:5: 'url' is missing in mqtt[0] (add url: a URL such as mqtt://host:1883 or mqtts://host:8883)"
            ])
    }

    @Test(
        "bad URL or port, without showing the URL",
        arguments: [
            ("http://h", "the URL does not begin with mqtt:// or mqtts://", "write mqtt://<host>:1883 or mqtts://<host>:8883"),
            ("mqtt://h:0", "the URL has no port from 1 to 65535 after ':'", "write mqtt://<host>:1883 or mqtts://<host>:8883"),
            ("mqtt://h:65536", "the URL has no port from 1 to 65535 after ':'", "write mqtt://<host>:1883 or mqtts://<host>:8883"),
            ("mqtt://h:x", "the URL has no port from 1 to 65535 after ':'", "write mqtt://<host>:1883 or mqtts://<host>:8883"),
            ("mqtt://", "the URL names no valid host", "write mqtt://<host>:1883 or mqtts://<host>:8883"),
            ("mqtt://h/path", "the URL has more than host and port", "write mqtt://<host>:1883 or mqtts://<host>:8883"),
            ("mqtt://u:hunter2@h", "the URL holds credentials", "put them into username and password"),
        ])
    func badURL(url: String, message: String, remedy: String) {
        #expect(
            faults(plain("mqtt://broker.example.net", url)) == ["bridge.yaml:4:10: mqtt[0].url: \(message) (\(remedy))"])
    }

    @Test(
        "durations",
        arguments: [
            ("7", "'7' has no unit (write ms, s, m, h or d after the number)"),
            ("7w", "'7w' has an unknown unit (write ms, s, m, h or d)"),
            ("30m1h", "'30m1h' has its units out of order (write the largest first)"),
            ("1.5h", "'1.5h' is no duration (write a duration such as 500ms, 90s, 1h30m or 7d)"),
            ("-7d", "'-7d' is no duration (write a duration such as 500ms, 90s, 1h30m or 7d)"),
            ("99999999999999999d", "'99999999999999999d' is too long (write a duration such as 500ms, 90s, 1h30m or 7d)"),
            ("1500ms", "'1500ms' is no number of whole seconds (round it to seconds)"),
            ("500ms", "'500ms' is out of range (write from 1s to 49710d6h28m14s)"),
        ])
    func durations(text: String, fault: String) {
        #expect(
            faults(plain("    subscriptions:", "    sessionExpiry: \(text)\n    subscriptions:")) == [
                "bridge.yaml:5:20: mqtt[0].sessionExpiry: \(fault)"
            ])
    }

    @Test(
        "sizes",
        arguments: [
            ("5", "'5' has no unit (write B, KiB, MiB, GiB or TiB, or kB, MB, GB or TB, after the number)"),
            ("5Gb", "'5Gb' has an unknown unit (write B, KiB, MiB, GiB or TiB, or kB, MB, GB or TB, after the number)"),
            ("5GiB1MiB", "'5GiB1MiB' is no size (write a size such as 64KiB, 500MB or 2GiB)"),
            ("1kB", "'1kB' is out of range (write from 1MiB to 1024TiB)"),
            ("9999999999TiB", "'9999999999TiB' is out of range (write from 1MiB to 1024TiB)"),
        ])
    func sizes(text: String, fault: String) {
        #expect(
            faults(plain("    path: telemetry", "    path: telemetry\n    limits: { bytes: \(text) }")) == [
                "bridge.yaml:12:22: endpoints.hub.limits.bytes: \(fault)"
            ])
    }

    @Test("qos: 2, with the reason why there is none")
    func qos2() {
        #expect(
            faults(plain("telemetry\nendpoints", "telemetry\n        qos: 2\nendpoints")) == [
                "bridge.yaml:7:14: mqtt[0].subscriptions[0].qos: with QoS 2 a message is lost if the process dies between PUBREC and PUBREL (write 1: it is acknowledged once it is on disk, and the broker downgrades QoS 2 publishers)"
            ])
    }

    @Test("what is no partition key", arguments: [
        ("source", "'source' is no partition key (write subject, none or attribute:source)"),
        ("Type", "'Type' is no partition key (write one of `subject`, `none`, `attribute:NAME`, `partition:N`)"),
        ("partition:x", "'partition:x' names no partition (write a number from 0 to 1023)"),
        ("partition:-1", "'partition:-1' names no partition (write a number from 0 to 1023)"),
        ("attribute:Type", "'attribute:Type' names no attribute (attribute names are lower-case letters and digits)"),
    ])
    func partitionKeys(value: String, fault: String) {
        #expect(
            faults(plain("    path: telemetry", "    path: telemetry\n    partitionBy: \(value)")) == [
                "bridge.yaml:12:18: endpoints.hub.partitionBy: \(fault)"
            ])
    }

    @Test("a partition of what has none")
    func partitionOfQueue() {
        #expect(
            faults(plain("    type: EventHub", "    type: ServiceBus\n    partitionBy: partition:1")) == [
                "bridge.yaml:10:18: endpoints.hub.partitionBy: only an event hub has partitions to choose from (write subject, none or attribute:NAME)"
            ])
    }

    @Test("batches that cannot be", arguments: [
        ("{ events: 0 }", "events: '0' is out of range or no whole number (write a number from 1 to 10000)"),
        ("{ bytes: 500 }", "bytes: '500' has no unit (write B, KiB, MiB, GiB or TiB, or kB, MB, GB or TB, after the number)"),
        ("{ linger: 2m }", "linger: '2m' is out of range (write from 0s to 1m)"),
    ])
    func batches(text: String, fault: String) {
        let found = faults(plain("    path: telemetry", "    path: telemetry\n    batch: \(text)"))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("endpoints.hub.batch.\(fault)") == true, "\(found)")
    }

    @Test("a value that is none of the known ones, with the nearest")
    func choices() {
        #expect(
            faults(plain("type: EventHub", "type: EventHubs")) == [
                "bridge.yaml:9:11: endpoints.hub.type: 'EventHubs' is not known (did you mean 'EventHub'?)"
            ])
        #expect(
            faults(plain("source:", "durability: none\nsource:")) == [
                "bridge.yaml:1:13: durability: 'none' is not known (write one of power-loss, process-crash)"
            ])
        #expect(
            faults(plain("telemetry\nendpoints", "telemetry\n        type: twinupdate\nendpoints")) == [
                "bridge.yaml:7:15: mqtt[0].subscriptions[0].type: 'twinupdate' is not known (did you mean 'twin-update'?)"
            ])
    }

    @Test("a route to an endpoint that does not exist, with the nearest; one declared later is found")
    func routes() {
        #expect(
            faults(plain("endpoint: hub", "endpoint: hup")) == [
                "bridge.yaml:14:15: no endpoint is named 'hup' (did you mean 'hub'?)"
            ])
        let early = "routes: [{ id: early, endpoint: hub }]\n" + plain("routes:\n  - id: all\n    endpoint: hub", "")
        #expect(faults(early) == [])
    }

    @Test("names that must be unique")
    func uniqueNames() {
        #expect(
            faults(plainYAML + "\n  - id: all\n    endpoint: hub\n") == [
                "bridge.yaml:15:9: the route 'all' is there twice, first in line 13 (give each route a name of its own)"
            ])
    }

    @Test("checks that concern several fields")
    func relations() {
        let login = plain("    subscriptions:", "    password: hunter2\n    subscriptions:")
        #expect(faults(login) == ["bridge.yaml:5:15: mqtt[0].password stands without username (add username)"])
        let tls = plain("    subscriptions:", "    tls: { verify: false }\n    subscriptions:")
        #expect(
            faults(tls) == [
                "bridge.yaml:5:10: mqtt[0].tls stands beside a URL without TLS (write mqtts:// in url, or remove tls)"
            ])
        #expect(
            faults(plainYAML + "\nhttp: { listen: 0.0.0.0:8080 }") == [
                "bridge.yaml:15:17: http.listen is not on loopback, and there is no token (add token: ${TWINROUTE_TOKEN}, or listen on 127.0.0.1)"
            ])
        #expect(
            faults("source: a") == [
                "bridge.yaml:1:1: nothing is read: there is neither a broker in 'mqtt' nor 'http' (add mqtt: with a broker and its subscriptions)"
            ])
        let shared = plain("    subscriptions:", "    connections: 2\n    subscriptions:")
        #expect(
            faults(shared) == [
                "bridge.yaml:7:16: with 2 connections each would get every message of 'devices/{subject}/telemetry' (write $share/<group>/devices/{subject}/telemetry, or connections: 1)"
            ])
        let overlap = plain("telemetry\nendpoints", "telemetry\n      - topic: devices/+/#\nendpoints")
        #expect(
            faults(overlap) == [
                "bridge.yaml:7:16: 'devices/+/#' and 'devices/{subject}/telemetry' overlap: the broker sends a message that both match twice (narrow or remove one; {properties...} and # match the level before them too)"
            ])
    }

    @Test("all faults at once, in the order of the file")
    func allAtOnce() {
        let yaml = """
            surce: a
            mqtt:
              - name: plant
                url: mqtt://h:99999
                receiveMaximum: 0
                subscriptions:
                  - topic: a/{properties...}/b
            endpoints:
              hub: { type: EventHub, connectionString: x, path: y }
            routes:
              - id: r
                endpoint: hob
            """
        #expect(
            faults(yaml) == [
                "bridge.yaml:1:1: unknown key 'surce' (did you mean 'source'?)",
                "bridge.yaml:1:1: 'source' is missing (add source: a URI reference)",
                "bridge.yaml:4:10: mqtt[0].url: the URL has no port from 1 to 65535 after ':' (write mqtt://<host>:1883 or mqtts://<host>:8883)",
                "bridge.yaml:5:21: mqtt[0].receiveMaximum: '0' is out of range or no whole number (write a number from 1 to 65535)",
                "bridge.yaml:7:16: mqtt[0].subscriptions[0].topic: '{properties...}' is not the last level (move it to the end: it stands for the rest of the topic)",
                "bridge.yaml:9:44: endpoints.hub.connectionString: part 1 of the connection string has no '=' (separate parts with ';' and write each as Key=value)",
                "bridge.yaml:9:44: endpoints.hub.connectionString: the connection string has no credentials (add SharedAccessKeyName and SharedAccessKey, or SharedAccessSignature; or identity to the endpoint)",
                "bridge.yaml:9:44: endpoints.hub.connectionString: the connection string has no Endpoint (write Endpoint=sb://<host>/;SharedAccessKeyName=…;SharedAccessKey=…)",
                "bridge.yaml:12:15: no endpoint is named 'hob' (did you mean 'hub'?)",
            ])
    }
}
