import AMQPCodec
import HeaderSerialization
import Notifications
import Testing

@Suite("The Python package cloudevents as a foreign witness", .enabled(if: PythonWitness.has("cloudevents.core")))
struct CloudEventsWitnessTests {
    /// Attributes without properties and fields, which the package knows nothing of.
    private static let event: Notification = {
        var event = Notification.telemetry
        event.time = "2030-01-31T12:00:00.123456Z"
        event.extensions = [ExtensionAttribute(name: "unit", value: .string("°C % \"x\""))]
        return event
    }()

    private static let printed = """
        dataschema = dtmi:example:Pump;1
        datacontenttype = application/json
        id = 5d1f7a52-1
        sequence = 7
        sequencetype = Integer
        source = factory-7.example.net
        specversion = 1.0
        subject = pump-17
        time = 2030-01-31 12:00:00.123456+00:00
        traceparent = 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
        type = microsoft.iot.telemetry
        unit = °C % "x"
        {'temp': 21.5}
        """.split(separator: "\n").sorted()

    private static let show = """
        def show(e):
            for name, value in e.get_attributes().items():
                print(name, "=", value)
            print(e.get_data())

        """

    private func lines(_ output: String) -> [Substring] {
        output.split(separator: "\n").sorted()
    }

    private func lines(of content: HTTPContent) -> String {
        ([hexadecimal(content.body)] + content.fields.map { hexadecimal("\($0.name)\t\($0.value)".utf8) })
            .joined(separator: "\n")
    }

    private static let readHTTP = """
        import sys
        from cloudevents.core.bindings.http import HTTPMessage, from_http_event
        rows = [bytes.fromhex(line) for line in sys.stdin.read().split("\\n")]
        headers = dict(row.decode().split("\\t") for row in rows[1:])

        """

    @Test("It reads our HTTP, binary and structured")
    func readsHTTP() throws {
        let http = HTTPSerialization()
        let program = Self.readHTTP + Self.show + "show(from_http_event(HTTPMessage(headers, rows[0])))"
        for content in [http.encodeBinary(Self.event), try http.encodeStructured(Self.event)] {
            #expect(lines(try PythonWitness.run(program, input: lines(of: content))) == Self.printed)
        }
    }

    @Test("It reads each event of our batch")
    func readsBatch() throws {
        let program = """
            import json
            from cloudevents.core.formats.json import JSONFormat

            """ + Self.readHTTP + Self.show + """
            for event in json.loads(rows[0]):
                show(JSONFormat().read(None, json.dumps(event)))
            """
        let content = HTTPSerialization().encodeBatch([Self.event, Self.event]).content
        let output = try PythonWitness.run(program, input: lines(of: content))
        #expect(lines(output) == (Self.printed + Self.printed).sorted())
    }

    @Test("It reads our AMQP messages, strings and native types", arguments: [false, true])
    func readsAMQP(_ nativeTypes: Bool) throws {
        var encoded: [UInt8] = []
        AMQPSerialization(options: .init(nativeTypes: nativeTypes)).encode(Self.event, into: &encoded)
        let message = try AMQPMessage(parsing: encoded)
        let rows = message.applicationProperties.entries.map { entry in
            "\(entry.key.text ?? "")\t\(entry.value.text.map { "s\($0)" } ?? "i\(entry.value.integer ?? 0)")"
        }
        let program = """
            import sys
            from cloudevents.core.bindings.amqp import AMQPMessage, from_amqp_event
            rows = [bytes.fromhex(line).decode() for line in sys.stdin.read().split("\\n")]
            properties = {}
            for row in rows[2:]:
                name, value = row.split("\\t")
                properties[name] = int(value[1:]) if value[0] == "i" else value[1:]

            """ + Self.show + "show(from_amqp_event(AMQPMessage({'content-type': rows[0]}, properties, rows[1].encode())))"
        let input = ([message.properties.contentType ?? "", String(decoding: Self.event.body, as: UTF8.self)] + rows)
            .map { hexadecimal($0.utf8) }.joined(separator: "\n")
        // A timestamp has milliseconds only.
        let expected = nativeTypes ? Self.printed.map { String($0).replacing(".123456", with: ".123000") } : Self.printed.map { String($0) }
        #expect(lines(try PythonWitness.run(program, input: input)).map { String($0) } == expected)
    }

    @Test("We read its HTTP, binary and structured")
    func writesHTTP() throws {
        let program = """
            import datetime
            from cloudevents.core.v1.event import CloudEvent
            from cloudevents.core.bindings.http import to_binary_event, to_structured_event
            e = CloudEvent({"id": "1", "source": "/a b".replace(" ", "%20"), "type": "t", "subject": "ü € 😀 \\" %",
                "specversion": "1.0", "datacontenttype": "application/json", "dataschema": "urn:x:1",
                "time": datetime.datetime(2030, 1, 31, 12, tzinfo=datetime.timezone.utc), "ext": "e 1"}, {"a": [1, "é"]})
            for m in (to_binary_event(e), to_structured_event(e)):
                print("|".join([m.body.hex()] + [f"{k}\\t{v}".encode().hex() for k, v in m.headers.items()]))
            """
        for line in try PythonWitness.run(program).split(separator: "\n") {
            let rows = line.split(separator: "|", omittingEmptySubsequences: false).map { bytes($0) }
            let fields = rows.dropFirst().map { row in
                let parts = String(decoding: row, as: UTF8.self).split(separator: "\t").map(String.init)
                return HTTPContent.Field(name: parts[0], value: parts[1])
            }
            let results = try HTTPSerialization().decode(HTTPContent(fields: fields, body: rows[0][...]))
            let event = try #require(results.first).get()
            #expect(event.id == "1" && event.source == "/a%20b" && event.subject == "ü € 😀 \" %")
            #expect(event.time.flatMap(RFC3339.milliseconds) == 1_896_091_200_000)
            #expect(event.dataSchema == "urn:x:1" && event.dataContentType == "application/json")
            #expect(event.extensions == [ExtensionAttribute(name: "ext", value: .string("e 1"))])
            #expect(String(decoding: event.body, as: UTF8.self).filter { $0 != " " }.contains(#"{"a":[1,""#))
        }
    }
}
