import AMQPCodec
import HeaderSerialization
import Notifications
import TestSupport
import Testing

@Suite("Azure's Python packages as foreign witnesses")
struct AzureWitnessTests {
    @Test("azure-eventhub reads every property of our AMQP messages", .enabled(if: PythonWitness.has("azure.eventhub")))
    func eventHub() throws {
        var notification = Notification.everything
        notification.properties.insert(Property(name: SystemAnnotation.deviceID, value: "pump-17"), at: 0)
        notification.properties.insert(Property(name: SystemAnnotation.enqueuedTime, value: "1896091200123"), at: 1)
        var encoded: [UInt8] = []
        AMQPSerialization().encode(notification, partitionKey: "pump-17", sessionID: "session", into: &encoded)
        let program = """
            import sys
            from azure.eventhub import EventData
            from azure.eventhub._pyamqp._decode import decode_payload
            e = EventData._from_message(decode_payload(memoryview(bytes.fromhex(sys.stdin.read()))))
            for name, value in e.properties.items():
                print(name.decode(), '=', value.decode())
            r = e.raw_amqp_message
            print(e.message_id, e.content_type, bytes(e.correlation_id), e.partition_key, e.body_as_str())
            print(bytes(r.properties.user_id), r.properties.reply_to.decode(), r.properties.content_encoding.decode(),
                  r.properties.absolute_expiry_time, r.properties.group_id.decode(), r.header.durable)
            print({k.decode(): v for k, v in r.annotations.items()})
            """
        let expected = """
            cloudEvents:specversion = 1.0
            cloudEvents:id = 5d1f7a52-1
            cloudEvents:source = factory-7.example.net
            cloudEvents:type = microsoft.iot.telemetry
            cloudEvents:subject = pump-17
            cloudEvents:dataschema = dtmi:example:Pump;1
            cloudEvents:traceparent = 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
            cloudEvents:time = 2030-01-31T12:00:00.1234567Z
            cloudEvents:sequence = 7
            cloudEvents:sequencetype = Integer
            cloudEvents:modelstatus = Successful
            cloudEvents:nicode = größer % "quoted"
            cloudEvents:flag = true
            line = 7
            Temperature Unit = °C
            empty =\u{20}
            device-4711 application/json b'\\x00\\xff\\x01' b'pump-17' {"temp":21.5}
            b'worker' answers/pump-17 utf-8 1900000000000 session True
            {'x-opt-partition-key': b'pump-17', 'iothub-connection-device-id': b'pump-17', 'iothub-enqueuedtime': 1896091200123}

            """
        let output = try PythonWitness.run(program, input: hexadecimal(encoded))
        #expect(output == expected)
    }

    @Test("azure-eventgrid reads our events", .enabled(if: PythonWitness.has("azure.eventgrid")))
    func eventGrid() throws {
        var output: [UInt8] = []
        #expect(EventGridSerialization().encodeBatch([.everything, .telemetry], into: &output).isEmpty)
        let program = """
            import sys, json
            from azure.eventgrid import EventGridEvent
            for d in json.loads(bytes.fromhex(sys.stdin.read())):
                e = EventGridEvent.from_dict(d)
                print(e.id, e.subject, e.event_type, e.event_time.isoformat(), e.data_version, e.topic, e.metadata_version)
                print(sorted(e.data), e.data["data"], e.data["contenttype"], e.data["sequence"])
            """
        let head = "5d1f7a52-1 pump-17 microsoft.iot.telemetry 2030-01-31T12:00:00.123456+00:00 1.0 None None"
        let everything = """
            ['contenttype', 'data', 'dataschema', 'flag', 'modelstatus', 'nicode', 'properties', 'sequence', \
            'sequencetype', 'systemProperties', 'traceparent'] {'temp': 21.5} application/json 7
            """
        let telemetry = """
            ['contenttype', 'data', 'dataschema', 'sequence', 'sequencetype', 'traceparent'] {'temp': 21.5} \
            application/json 7
            """
        let read = try PythonWitness.run(program, input: hexadecimal(output))
        #expect(read == [head, everything, head, telemetry, ""].joined(separator: "\n"))
    }

    @Test("Proton's decoder takes what the direct encoder writes", .enabled(if: PythonWitness.has("proton")))
    func proton() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(seed: seed)
        let serialization = AMQPSerialization()
        let events = (0..<200).map { _ in Notification.random(nowMilliseconds: 0, using: &generator) }
        let lines = events.map { event in
            var encoded: [UInt8] = []
            serialization.encode(event, partitionKey: event.subject, nowMilliseconds: 0, into: &encoded)
            return hexadecimal(encoded)
        }
        // Proton encodes anew what it decoded; we read that.
        let program = """
            import sys, proton
            for line in sys.stdin.read().split():
                m = proton.Message()
                m.decode(bytes.fromhex(line))
                m.inferred = True
                print(m.encode().hex())
            """
        let answers = try PythonWitness.run(program, input: lines.joined(separator: "\n")).split(separator: "\n")
        try #require(answers.count == events.count)
        for (event, answer) in zip(events, answers) {
            #expect(try serialization.decode(AMQPMessage(parsing: bytes(answer))) == event, "seed \(seed)")
        }
    }
}
