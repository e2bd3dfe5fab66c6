import Azure
import Notifications
import Routing
import Settings
import TestSupport
import Testing

@Suite("The configuration of the contract")
struct ContractTests {
    static let example = """
        source: factory-7.example.net        # CloudEvents source of what this bridge emits
        data: /var/lib/twinroute
        durability: power-loss               # or process-crash
        mqtt:
          - name: plant
            url: mqtts://broker.example.net:8883
            clientID: twinroute-1
            username: bridge
            password: ${PLANT_PASSWORD}
            tls: { ca: ca.pem, certificate: client.pem, key: client.key }
            sessionExpiry: 7d
            receiveMaximum: 1000
            subscriptions:
              - topic: devices/{subject}/messages/events/{properties...}
                type: telemetry
              - topic: $share/twinroute/twins/{subject}/update
                type: twin-update
        endpoints:
          telemetry-hub:
            type: EventHub                   # EventHub | ServiceBus | EventGrid
            connectionString: ${HUB_PRIMARY}
            secondaryConnectionString: ${HUB_SECONDARY}
            path: telemetry                  # event hub, queue or topic; Event Grid: topic host
            eventTypes: [DeviceMessage]      # optional
            body: json                       # json | cbor | protobuf
            limits: { bytes: 2GiB, age: 24h, whenFull: block }
        routes:
          - id: hot
            endpoint: telemetry-hub
            filter: type = 'microsoft.iot.telemetry' AND $body.temp > 30
        http: { listen: 127.0.0.1:8080, token: ${TWINROUTE_TOKEN} }
        """

    static let environment = [
        "PLANT_PASSWORD": "broker-password",
        "HUB_PRIMARY": "Endpoint=sb://ns.example.net/;SharedAccessKeyName=send;SharedAccessKey=primary-key=",
        "HUB_SECONDARY": "Endpoint=sb://ns.example.net/;SharedAccessKeyName=send;SharedAccessKey=secondary-key=",
        "TWINROUTE_TOKEN": "bearer-token",
    ]

    @Test("is read field by field")
    func contractExample() throws {
        let folder = try TemporaryFolder()
        try folder.writeCredentials()
        let read = try load(Self.example, environment: Self.environment, folder: folder.path).configuration

        #expect(read.source == "factory-7.example.net")
        #expect(read.data == "/var/lib/twinroute")
        #expect(read.durability == .powerLoss)
        #expect(read.serviceName == "DigitalTwins")
        #expect(read.dialect == .preview)

        let broker = try #require(read.brokers.first)
        #expect(broker.url == BrokerURL(host: "broker.example.net", port: 8883, usesTLS: true))
        #expect(broker.clientID == "twinroute-1")
        #expect(broker.username == "bridge")
        #expect(broker.password?.revealed == "broker-password")
        #expect(broker.tls.ca == "\(folder.path)/ca.pem")
        #expect(broker.tls.certificate == "\(folder.path)/client.pem")
        #expect(broker.tls.key == "\(folder.path)/client.key")
        #expect(broker.tls.verify)
        #expect(broker.sessionExpiry == .seconds(604_800))
        #expect(broker.receiveMaximum == 1000)
        #expect(broker.protocolVersion == .v5)
        #expect(broker.subscriptions.map(\.topic.topicFilter) == ["devices/+/messages/events/#", "$share/twinroute/twins/+/update"])
        #expect(broker.subscriptions.map(\.type) == [.event(.telemetry), .event(.twinUpdate)])
        #expect(broker.subscriptions.map(\.qos) == [.atLeastOnce, .atLeastOnce])

        let endpoint = try #require(read.endpoints.first)
        #expect(endpoint.id == "telemetry-hub")
        #expect(endpoint.type == .eventHub)
        #expect(endpoint.connectionString.revealed.hasSuffix("primary-key="))
        #expect(endpoint.secondaryConnectionString?.revealed.hasSuffix("secondary-key=") == true)
        #expect(endpoint.path == "telemetry")
        #expect(endpoint.eventTypes == ["DeviceMessage"])
        #expect(endpoint.body == .json)
        #expect(endpoint.limits == EndpointLimits(bytes: 2 << 30, age: .seconds(86_400), whenFull: .block))

        #expect(
            read.routes == [
                RouteDefinition(
                    id: "hot", endpoint: "telemetry-hub", filter: "type = 'microsoft.iot.telemetry' AND $body.temp > 30")
            ])
        #expect(read.http?.listen == HostAndPort(host: "127.0.0.1", port: 8080))
        #expect(read.http?.token?.revealed == "bearer-token")
    }

    @Test("has the same defaults for what it leaves out as the documentation says")
    func defaults() throws {
        let read = try load(plainYAML, folder: "/etc/twinroute").configuration
        let broker = try #require(read.brokers.first)
        #expect(read.data == "/etc/twinroute/twinroute-data")
        #expect(broker.clientID == "twinroute-plant")
        #expect(broker.url.port == 1883)
        #expect(broker.keepAlive == .seconds(60))
        #expect(broker.connections == 1)
        #expect(broker.maximumPayload == 1 << 20)
        #expect(broker.subscriptions.map(\.annotations) == [true])
        #expect(read.endpoints.first?.limits == EndpointLimits())
        #expect(read.endpoints.first?.partitionBy == .subject)
        #expect(read.endpoints.first?.batch == EndpointBatch(events: nil, bytes: nil, linger: .zero))
        #expect(read.routes.first?.filter == nil)
        #expect(read.http == nil)
    }

    @Test("reads each field that the example leaves at its default")
    func everyOtherField() throws {
        let yaml = """
            source: urn:example:bridge
            data: state
            durability: process-crash
            serviceName: Twins
            dialect: ga
            mqtt:
              - name: old
                url: mqtt://[::1]:1884
                protocolVersion: 3.1.1
                keepAlive: 1m30s
                connections: 4
                maximumPayload: 64KiB
                subscriptions:
                  - { topic: '$share/g/a/{subject}', qos: 0, type: cloud-event, annotations: false }
            endpoints:
              bus:
                type: ServiceBus
                connectionString: Endpoint=sb://ns.example.net/;SharedAccessKeyName=n;SharedAccessKey=k=;EntityPath=orders
                body: cbor
                partitionBy: attribute:id
                limits: { bytes: 500MB, whenFull: dead-letter }
                batch: { events: 100, bytes: 256KiB, linger: 5ms }
              grid:
                type: EventGrid
                connectionString: c2VjcmV0
                path: topic.westeurope-1.eventgrid.azure.net
                schema: CloudEvents
            """
        let read = try load(yaml, folder: "/srv").configuration
        let broker = try #require(read.brokers.first)
        #expect(read.data == "/srv/state")
        #expect(read.durability == .processCrash)
        #expect(read.serviceName == "Twins")
        #expect(read.dialect == .ga)
        #expect(broker.url == BrokerURL(host: "::1", port: 1884))
        #expect(broker.protocolVersion == .v3_1_1)
        #expect(broker.keepAlive == .seconds(90))
        #expect(broker.connections == 4)
        #expect(broker.maximumPayload == 65_536)
        #expect(broker.subscriptions.first?.annotations == false)
        #expect(broker.subscriptions.first?.type == .cloudEvent)
        #expect(broker.subscriptions.first?.qos == .atMostOnce)
        #expect(read.endpoints.map(\.id) == ["bus", "grid"])
        #expect(read.endpoints.first?.limits == EndpointLimits(bytes: 500_000_000, whenFull: .deadLetter))
        #expect(read.endpoints.first?.batch == EndpointBatch(events: 100, bytes: 262_144, linger: .milliseconds(5)))
        #expect(read.endpoints.first?.body == .cbor)
        #expect(read.endpoints.first?.partitionBy == .attribute("id"))
        #expect(read.endpoints.last?.schema == .cloudEvents)
    }

    @Test("has embedded defaults of the same type, with every port free to choose")
    func embeddedDefaults() throws {
        let read = EmbeddedDefaults(mqttPort: 1, amqpPort: 2, httpPort: 3, namespaceHTTPPort: 4, data: "/d").configuration
        #expect(read.brokers.map(\.url) == [BrokerURL(host: "127.0.0.1", port: 1)])
        #expect(read.http?.listen == HostAndPort(host: "127.0.0.1", port: 3))
        #expect(read.data == "/d")
        for endpoint in read.endpoints where endpoint.type != .eventGrid {
            let connection = try ConnectionString(parsing: endpoint.connectionString)
            #expect(connection.port == 2)
            #expect(!connection.usesTLS)
        }
        #expect(read.endpoints.map(\.path) == ["telemetry", "twin-events", "http://127.0.0.1:4"])
        #expect(read.routes.map(\.endpoint) == read.endpoints.map(\.id))
        let topics = read.brokers.flatMap(\.subscriptions).map(\.topic)
        #expect(topics.map(\.text) == ["devices/{subject}/messages/events/{properties...}", "devices/{subject}/telemetry"])
        for topic in topics { #expect(try TopicTemplate(parsing: topic.text) == topic) }
    }
}

@Suite("What the data folder may hold")
struct DataLimitTests {
    @Test("limits are read with their units, and have defaults")
    func areRead() throws {
        let plain = "source: a.example.net\nhttp: {}\n"
        let defaults = try load(plain).configuration
        #expect(defaults.minimumFree == 64 << 20)
        #expect(defaults.deadLetters == DeadLetterConfiguration(count: 100_000, bytes: 256 << 20))
        let given = try load(plain + "minimumFree: 2GiB\ndeadLetters: { count: 10, bytes: 1MiB }\n").configuration
        #expect(given.minimumFree == 2 << 30)
        #expect(given.deadLetters == DeadLetterConfiguration(count: 10, bytes: 1 << 20))
    }
}
