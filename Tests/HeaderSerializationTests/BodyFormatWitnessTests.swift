import HeaderSerialization
import Notifications
import Testing

@Suite("Foreign witnesses of the body formats")
struct BodyFormatWitnessTests {
    private static let json = #"{"text":"é","numbers":[0,-1,1.5,0.1,9007199254740993],"none":null,"yes":true,"deep":{"a":[[]]}}"#

    private static let event: Notification = {
        var event = Notification.telemetry
        event.body = Array(json.utf8)[...]
        return event
    }()

    @Test("cbor2 reads our CBOR as json reads the body", .enabled(if: PythonWitness.has("cbor2")))
    func cbor() throws {
        let program = """
            import sys, json, cbor2
            rows = [bytes.fromhex(line) for line in sys.stdin.read().split()]
            print(cbor2.loads(rows[0]) == json.loads(rows[1]))
            """
        let body = try BodyFormat.cbor.apply(to: Self.event).body
        #expect(try PythonWitness.run(program, input: "\(hexadecimal(body))\n\(hexadecimal(Self.json.utf8))") == "True\n")
    }

    /// The published schema, by name and number, as a descriptor made by hand: no generated code of ours is in it.
    private static let schema = """
        import sys, json
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, any_pb2, timestamp_pb2, struct_pb2, json_format
        F = descriptor_pb2.FieldDescriptorProto
        file = descriptor_pb2.FileDescriptorProto(name="io/cloudevents.proto", package="io.cloudevents.v1", syntax="proto3",
            dependency=["google/protobuf/any.proto", "google/protobuf/timestamp.proto"])
        event = file.message_type.add(name="CloudEvent")
        event.oneof_decl.add(name="data")
        for number, name in enumerate(["id", "source", "spec_version", "type"], 1):
            event.field.add(name=name, number=number, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
        event.field.add(name="attributes", number=5, type=F.TYPE_MESSAGE, label=F.LABEL_REPEATED,
            type_name=".io.cloudevents.v1.CloudEvent.AttributesEntry")
        event.field.add(name="binary_data", number=6, type=F.TYPE_BYTES, label=F.LABEL_OPTIONAL, oneof_index=0)
        event.field.add(name="text_data", number=7, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL, oneof_index=0)
        event.field.add(name="proto_data", number=8, type=F.TYPE_MESSAGE, label=F.LABEL_OPTIONAL, oneof_index=0,
            type_name=".google.protobuf.Any")
        entry = event.nested_type.add(name="AttributesEntry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
        entry.field.add(name="value", number=2, type=F.TYPE_MESSAGE, label=F.LABEL_OPTIONAL,
            type_name=".io.cloudevents.v1.CloudEvent.CloudEventAttributeValue")
        value = event.nested_type.add(name="CloudEventAttributeValue")
        value.oneof_decl.add(name="attr")
        for number, (name, kind) in enumerate([("ce_boolean", F.TYPE_BOOL), ("ce_integer", F.TYPE_INT32),
                ("ce_string", F.TYPE_STRING), ("ce_bytes", F.TYPE_BYTES), ("ce_uri", F.TYPE_STRING),
                ("ce_uri_ref", F.TYPE_STRING)], 1):
            value.field.add(name=name, number=number, type=kind, label=F.LABEL_OPTIONAL, oneof_index=0)
        value.field.add(name="ce_timestamp", number=7, type=F.TYPE_MESSAGE, label=F.LABEL_OPTIONAL, oneof_index=0,
            type_name=".google.protobuf.Timestamp")
        pool = descriptor_pool.Default()
        pool.Add(file)
        CloudEvent = message_factory.GetMessageClass(pool.FindMessageTypeByName("io.cloudevents.v1.CloudEvent"))

        """

    @Test("Python's protobuf reads our events with the published schema", .enabled(if: PythonWitness.has("google.protobuf")))
    func protobuf() throws {
        let program = Self.schema + """
            rows = [bytes.fromhex(line) for line in sys.stdin.read().split()]
            e = CloudEvent.FromString(rows[0])
            print(e.id, e.source, e.spec_version, e.type)
            for name in sorted(e.attributes):
                v = e.attributes[name]
                kind = v.WhichOneof("attr")
                print(name, kind, v.ce_timestamp.ToNanoseconds() if kind == "ce_timestamp" else getattr(v, kind))
            s = struct_pb2.Struct()
            print(e.WhichOneof("data"), e.proto_data.Unpack(s))
            # Numbers of a Struct are doubles.
            print(json_format.MessageToDict(s) == json.loads(rows[1], parse_int=float))
            """
        let body = try BodyFormat.protobuf.apply(to: Self.event).body
        let expected = """
            5d1f7a52-1 factory-7.example.net 1.0 microsoft.iot.telemetry
            datacontenttype ce_string application/json
            dataschema ce_uri dtmi:example:Pump;1
            sequence ce_string 7
            sequencetype ce_string Integer
            subject ce_string pump-17
            time ce_timestamp 1896091200123456700
            traceparent ce_string 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
            proto_data True
            True

            """
        #expect(try PythonWitness.run(program, input: "\(hexadecimal(body))\n\(hexadecimal(Self.json.utf8))") == expected)
    }

    @Test("We read the events that Python's protobuf writes", .enabled(if: PythonWitness.has("google.protobuf")))
    func foreignProtobuf() throws {
        let program = Self.schema + """
            e = CloudEvent(id="1", source="/s", spec_version="1.0", type="t")
            e.attributes["flag"].ce_boolean = True
            e.attributes["number"].ce_integer = -3
            e.attributes["time"].ce_timestamp.FromJsonString("2030-01-31T12:00:00.5Z")
            e.proto_data.Pack(json_format.Parse('{"b": [1, 2.5], "a": "x"}', struct_pb2.Struct()))
            print(e.SerializeToString().hex())
            """
        let event = try ProtobufEventFormat().decode(bytes(PythonWitness.run(program))[...])
        #expect(event == Notification(
            id: "1", source: "/s", type: "t", time: "2030-01-31T12:00:00.500Z", dataContentType: "application/json",
            extensions: [ExtensionAttribute(name: "flag", value: .boolean(true)), ExtensionAttribute(name: "number", value: .integer(-3))],
            body: Array(#"{"a":"x","b":[1,2.5]}"#.utf8)[...]))
    }
}
