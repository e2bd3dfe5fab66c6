import AMQPCodec
import HeaderSerialization
import Notifications
import Testing

@Suite("Notifications over AMQP 1.0")
struct AMQPSerializationTests {
    private let serialization = AMQPSerialization()

    private func message(
        _ notification: Notification, _ serialization: AMQPSerialization = AMQPSerialization(),
        partitionKey: String? = nil, sessionID: String? = nil, now: Int64? = nil
    ) throws -> AMQPMessage {
        var bytes: [UInt8] = [0xAA]
        serialization.encode(
            notification, partitionKey: partitionKey, sessionID: sessionID, nowMilliseconds: now, into: &bytes)
        let message = try AMQPMessage(parsing: bytes.dropFirst())
        // The direct encoder and the general one write the same bytes.
        var general: [UInt8] = [0xAA]
        message.encode(into: &general)
        #expect(bytes == general)
        return message
    }

    /// Attribute, and the value of its application property: the table of the file's head.
    static let attributes: [(String, AMQPValue)] = [
        ("specversion", "1.0"), ("id", "5d1f7a52-1"), ("source", "factory-7.example.net"),
        ("type", "microsoft.iot.telemetry"), ("subject", "pump-17"), ("time", "2030-01-31T12:00:00.1234567Z"),
        ("dataschema", "dtmi:example:Pump;1"), ("sequence", "7"), ("sequencetype", "Integer"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ]

    @Test("Each attribute is the application property that the table says", arguments: ["cloudEvents:", "cloudEvents_", "ce-"])
    func table(_ prefix: String) throws {
        let serialization = AMQPSerialization(options: .init(prefix: prefix))
        let message = try message(.telemetry, serialization)
        for (name, value) in Self.attributes {
            #expect(message.applicationProperties[AMQPValue.string(prefix + name)] == value)
        }
        #expect(message.applicationProperties.count == Self.attributes.count)
        #expect(message.properties.contentType == "application/json")
        #expect(message.properties.messageID == "5d1f7a52-1")
        #expect(message.body == .data([Notification.telemetry.body]))
        #expect(message.header == AMQPHeader(durable: true))
        #expect(message.messageAnnotations.isEmpty)
        #expect(try serialization.decode(message) == .telemetry)
    }

    @Test("Everything comes back as it went")
    func everything() throws {
        let message = try message(.everything, partitionKey: "pump-17", sessionID: "session")
        #expect(try serialization.decode(message) == .everything)
        #expect(message.messageAnnotations == [.symbol("x-opt-partition-key"): "pump-17"])
        #expect(message.properties.groupID == "session")
        #expect(message.properties.messageID == "device-4711")
        #expect(message.properties.correlationID == .binary([0, 0xFF, 1]))
        #expect(message.properties.userID == Array("worker".utf8))
        #expect(message.properties.replyTo == "answers/pump-17")
        #expect(message.properties.contentEncoding == "utf-8")
        #expect(message.properties.absoluteExpiryTime == 1_900_000_000_000)
        #expect(message.applicationProperties["Temperature Unit"] == "°C")
    }

    @Test("Each message field alone takes its own place", arguments: 0..<6)
    func fieldPositions(_ index: Int) throws {
        var notification = Notification(id: "i", source: "s", type: "t")
        let fields = [
            MessageFields(messageID: "m"), MessageFields(correlationID: Array("c".utf8)), MessageFields(userID: [1]),
            MessageFields(contentEncoding: "gzip"), MessageFields(replyTo: "r"), MessageFields(expiresAtMilliseconds: 5),
        ]
        notification.messageFields = fields[index]
        #expect(try serialization.decode(message(notification)) == notification)
        #expect(try serialization.decode(message(notification, sessionID: "s")) == notification)
    }

    @Test("Long attributes and many of them take the wide encodings", arguments: [0, 1, 240, 254, 255, 256, 257, 16_384])
    func lengths(_ count: Int) throws {
        var notification = Notification.telemetry
        notification.extensions = [ExtensionAttribute(name: "long", value: .string(String(repeating: "x", count: count)))]
        notification.properties = (0..<count % 300).map { Property(name: "property-\($0)", value: "v") }
        notification.body = [UInt8](repeating: 1, count: count)[...]
        #expect(try serialization.decode(message(notification)) == notification)
    }

    @Test("Native types are written when asked for and read always")
    func nativeTypes() throws {
        let serialization = AMQPSerialization(options: .init(nativeTypes: true))
        var notification = Notification.telemetry
        notification.time = "2030-01-31T12:00:00.123Z"
        notification.extensions = [
            ExtensionAttribute(name: "flag", value: .boolean(true)),
            ExtensionAttribute(name: "number", value: .integer(-5)),
            ExtensionAttribute(name: "bytes", value: .binary([1, 2])),
            ExtensionAttribute(name: "when", value: .timestamp("2030-01-31T12:00:00.000Z")),
        ]
        let message = try message(notification, serialization)
        #expect(message.applicationProperties["cloudEvents:time"] == .timestamp(1_896_091_200_123))
        #expect(message.applicationProperties["cloudEvents:number"] == .long(-5))
        #expect(message.applicationProperties["cloudEvents:flag"] == .boolean(true))
        #expect(message.applicationProperties["cloudEvents:bytes"] == .binary([1, 2]))
        #expect(try self.serialization.decode(message) == notification)
        // Without native types they are their canonical strings.
        let strings = try self.message(notification).applicationProperties
        #expect(strings["cloudEvents:number"] == "-5")
        #expect(strings["cloudEvents:flag"] == "true")
        #expect(strings["cloudEvents:bytes"] == "AQI=")
    }

    @Test("A property that looks like an attribute is marked, and unmarked again", arguments: [
        ("cloudEvents:id", "@cloudEvents:id"), ("cloudEvents_time", "@cloudEvents_time"),
        ("@cloudEvents:id", "@@cloudEvents:id"), ("@other", "@other"), ("cloudEvents", "cloudEvents"),
        ("id", "id"), ("", ""), ("@", "@"),
    ])
    func reservedNames(_ name: String, _ written: String) throws {
        var notification = Notification.telemetry
        notification.properties = [Property(name: name, value: "mine")]
        let message = try message(notification)
        #expect(message.applicationProperties[AMQPValue.string(written)] == "mine")
        #expect(message.applicationProperties["cloudEvents:id"] == "5d1f7a52-1")
        #expect(try serialization.decode(message) == notification)
    }

    @Test("What IoT Hub says of a device message is a message annotation")
    func systemAnnotations() throws {
        var notification = Notification.telemetry
        notification.properties = [
            Property(name: SystemAnnotation.deviceID, value: "pump-17"),
            Property(name: SystemAnnotation.enqueuedTime, value: "1896091200123"),
            Property(name: SystemAnnotation.subject, value: "motor"),
            Property(name: "line", value: "7"),
        ]
        let message = try message(notification, partitionKey: "k")
        #expect(message.messageAnnotations == [
            .symbol("x-opt-partition-key"): "k", .symbol("iothub-connection-device-id"): "pump-17",
            .symbol("iothub-enqueuedtime"): .timestamp(1_896_091_200_123), .symbol("dt-subject"): "motor",
        ])
        #expect(message.applicationProperties["line"] == "7")
        #expect(message.applicationProperties["dt-subject"] == nil)
        #expect(try serialization.decode(message) == notification)
    }

    @Test("A property without a value is null, one with an empty value an empty string")
    func nullProperty() throws {
        var notification = Notification.telemetry
        notification.properties = [Property(name: "a", value: nil), Property(name: "b", value: "")]
        let message = try message(notification)
        #expect(message.applicationProperties["a"] == .null)
        #expect(message.applicationProperties["b"] == "")
        #expect(try serialization.decode(message) == notification)
    }

    @Test("A message that expires says how long it still lives", arguments: [
        (1_000, 400, UInt32(600)), (1_000, 2_000, 0), (.max, 0, .max),
    ] as [(Int64, Int64, UInt32)])
    func ttl(_ expiry: Int64, _ now: Int64, _ ttl: UInt32) throws {
        var notification = Notification.telemetry
        notification.messageFields = MessageFields(expiresAtMilliseconds: expiry)
        #expect(try message(notification, now: now).header?.ttlMilliseconds == ttl)
        #expect(try message(notification).header?.ttlMilliseconds == nil)
    }

    @Test("The journal's sequence goes before one that came along, which else passes")
    func foreignSequence() throws {
        var notification = Notification.telemetry
        notification.sequence = nil
        notification.extensions = [ExtensionAttribute(name: "sequence", value: .string("00042"))]
        #expect(try serialization.decode(message(notification)) == notification)
        notification.sequence = SequenceNumber(rawValue: -1)
        let properties = try message(notification).applicationProperties
        #expect(properties.entries.filter { $0.key == "cloudEvents:sequence" }.map(\.value) == ["-1"])
    }

    /// A message that is not an event, and the error that says why.
    static let faults: [(AMQPMap, SerializationError)] = [
        ([:], SerializationError("specversion", .missing)),
        (["cloudEvents:specversion": "1.0"], SerializationError("id", .missing)),
        (["cloudEvents:specversion": "1.0", "cloudEvents:id": "1"], SerializationError("source", .missing)),
        (["cloudEvents:specversion": "1.0", "cloudEvents:id": "1", "cloudEvents:source": "s"], SerializationError("type", .missing)),
        (["cloudEvents:specversion": "0.3", "cloudEvents:id": "1"], SerializationError("specversion", .unsupportedSpecVersion, value: "0.3")),
        (["cloudEvents:Id": "1"], SerializationError("attribute 'Id'", .invalidName)),
        (["cloudEvents:my-name": "1"], SerializationError("attribute 'my-name'", .invalidName)),
        (["cloudEvents:data": "1"], SerializationError("attribute 'data'", .invalidName)),
        (["cloudEvents:": "1"], SerializationError("attribute ''", .invalidName)),
        (["cloudEvents:id": "1", "cloudEvents_id": "1"], SerializationError("id", .givenTwice)),
        (["cloudEvents:x": "1", "cloudEvents_x": "2"], SerializationError("x", .givenTwice)),
        (["cloudEvents:id": ""], SerializationError("id", .empty)),
        (["cloudEvents:id": .binary([1])], SerializationError("id", .notA("text"), value: "AQ==")),
        (["cloudEvents:type": .boolean(true)], SerializationError("type", .notA("text"), value: "true")),
        (["cloudEvents:datacontenttype": "json"],
         SerializationError("datacontenttype", .notA("a media type like application/json"), value: "json")),
        (["cloudEvents:id": .list([])], SerializationError("id", .invalidAMQP("type list is no attribute's"))),
        (["cloudEvents:id": "a\nb"], SerializationError("id", .controlCharacter)),
        (["cloudEvents:x": "a\u{85}b"], SerializationError("x", .controlCharacter)),
        (["cloudEvents:source": "a b"], SerializationError("source", .notURI, value: "a b")),
        (["cloudEvents:time": "yesterday"], SerializationError("time", .notRFC3339, value: "yesterday")),
        (["cloudEvents:x": .string(String(repeating: "x", count: 65_536))], SerializationError("x", .tooLong(bytes: 65_536, limit: 16_384))),
        (["a": "1", .symbol("a"): "2"], SerializationError("property 'a'", .givenTwice)),
        (["a": .map([:])], SerializationError("property 'a'", .invalidAMQP("type map is not a simple one"))),
        ([.uint(1): "a"], SerializationError("application property", .notA("named by a string"))),
    ]

    @Test("A fault names the attribute and the rule", arguments: faults.indices)
    func fault(_ index: Int) {
        let (properties, error) = Self.faults[index]
        #expect(throws: error) { try serialization.decode(AMQPMessage(applicationProperties: properties)) }
    }

    @Test("Bodies: several data sections are one, strings and binaries are taken, lists are not")
    func bodies() throws {
        var message = try message(.telemetry)
        for (body, expected) in [
            (.data([[1], [2, 3]]), [1, 2, 3]), (.data([]), []), (.value(.string("a")), [0x61]),
            (.value(.binary([9])), [9]), (.value(.null), []),
        ] as [(AMQPMessage.Body, [UInt8])] {
            message.body = body
            #expect(try Array(serialization.decode(message).body) == expected)
        }
        message.body = .value(.list([]))
        #expect(throws: SerializationError.self) { try serialization.decode(message) }
        message.body = .sequence([[]])
        #expect(throws: SerializationError.self) { try serialization.decode(message) }
    }

    @Test("An empty subject, as Digital Twins sends it, is none")
    func emptySubject() throws {
        var message = try message(Notification(id: "i", source: "s", type: "t"))
        message.applicationProperties.append("cloudEvents:subject", "")
        #expect(try serialization.decode(message).subject == nil)
    }
}
