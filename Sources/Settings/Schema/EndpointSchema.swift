import Azure
import Notifications
import Routing
import Yams

enum EndpointSchema {
    static let section = Section(
        "endpoints", "A mapping: each key names an endpoint.",
        initial: EndpointDefinition(id: "", type: .eventHub, connectionString: Secret("")),
        fields: [
            .required("type", \.type, .choice, "What it is."),
            .expected(
                "connectionString", \.connectionString, .secret("a connection string"), presence: "**required**; for Event Grid not with `identity`",
                "`Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…`, the same with `SharedAccessSignature`, or for another AMQP 1.0 peer `amqp[s]://user:password@host`; for Event Grid an access key. With `identity` it has no key."),
            .optional("identity", \.identity, IdentitySchema.section.kind, otherwise: "a key signs in", "Signs in with Microsoft Entra ID."),
            .optional(
                "secondaryConnectionString", \.secondaryConnectionString, .secret("a connection string"), otherwise: "none",
                "Tried when the first one is unauthorized."),
            .optional(
                "path", \.path, .text(), otherwise: "`EntityPath` of the connection string",
                "Event hub, queue or topic; for Event Grid the topic's host, or `host/topics/NAME:publish` of a namespace."),
            .optional(
                "eventTypes", \.eventTypes, .nonEmptyList(of: .text("an event type")), otherwise: "all",
                "The event types that it takes, of its routes' events: see [routes](routes.md)."),
            .defaulted(
                "auth", \.auth, .choice,
                "How a shared access key signs in: `token` puts tokens signed with it to `$cbs` and renews them, `plain` sends it by SASL PLAIN; to Event Grid goes a token or the key itself. A `SharedAccessSignature` is always put to `$cbs`, the login of an `amqp[s]` URL always sent by SASL PLAIN."),
            .defaulted(
                "transport", \.transport, .choice,
                "`amqp`: AMQP over TLS, port 5671; `websockets`: AMQP over WebSockets, port 443, where a firewall lets nothing else out. A port in the connection string holds for both."),
            .defaulted(
                "connections", \.connections, .integer(1...16),
                "Connections to an event hub, queue or topic. More than one helps where the far side is far away: each takes no more than its credit in a round trip."),
            .optional(
                "proxy", \.proxy, .secret("a proxy's URL"), otherwise: "with `websockets` and for Event Grid `HTTPS_PROXY` and `NO_PROXY` of the environment, else none",
                "`http://host:port` or `http://user:password@host:port`: an HTTP proxy that makes tunnels (`CONNECT`)."),
            .defaulted("body", \.body, .choice, "How bodies are written; `json` leaves them as they came."),
            .defaulted(
                "partitionBy", \.partitionBy, .partitionKey,
                "What becomes the partition key, and with Service Bus also the session: events of one key stay in order. `partition:N` sends all to one partition of an event hub. A partition key is at most 128 characters long; what is beyond is cut off."),
            .defaulted("schema", \.schema, .choice, "What an Event Grid topic is sent."),
            .defaulted("fields", \.fields, fields.kind, "What a topic with `schema: Custom` calls the fields of an event."),
            .defaulted("batch", \.batch, batch.kind, "How many events it gets in one transfer."),
            .defaulted("limits", \.limits, limits.kind, "What may wait for it."),
            .defaulted("tls", \.tls, tls.kind, "How its certificate is checked."),
        ],
        check: check)

    private static let limits = Section(
        "endpoints.limits", "What may wait for the endpoint, and what happens at the limit.",
        initial: EndpointLimits(),
        fields: [
            .defaulted("bytes", \.bytes, .byteSize(1 << 20...1 << 50), "Bytes of events that wait."),
            .optional(
                "age", \.age, .duration(.seconds(1)...(.seconds(3650 * 86_400))), otherwise: "events do not expire",
                "Age at which a waiting event expires."),
            .defaulted(
                "whenFull", \.whenFull, .choice,
                "`block` stops reading, and the broker keeps the messages; the others make room."),
        ])

    private static let fields = Section(
        "endpoints.fields",
        "The names that the topic's input mapping reads. Everything else of an event is in `data`, as in the Event Grid schema.",
        initial: EventGridFieldNames(),
        fields: [
            .defaulted("id", \.id, .text(), "The field of the event's id."),
            .defaulted("subject", \.subject, .text(), "The field of its subject."),
            .defaulted("eventType", \.eventType, .text(), "The field of its type."),
            .defaulted("eventTime", \.eventTime, .text(), "The field of its time."),
            .defaulted("dataVersion", \.dataVersion, .text(), "The field of the version of `data`, always `1.0`."),
        ])

    private static let batch = Section(
        "endpoints.batch",
        "How many events go in one transfer. Event Hubs: events of all subjects of a partition share a batch; Service Bus: events of one key, or all with `partitionBy: none`. A batch that is not full goes at once while fewer than two are under way to the same place, so nothing waits on a quiet link.",
        initial: EndpointBatch(),
        fields: [
            .optional(
                "events", \.events, .integer(1...10_000),
                otherwise: "`\(EndpointBatch.defaultEvents)`; `1` where the connection string is `amqp[s]://…`",
                "Events of a batch. `1` sends each event in a message of its own, which every AMQP 1.0 peer understands; batches are a format of Event Hubs and Service Bus."),
            .optional(
                "bytes", \.bytes, .byteSize(1024...1 << 30), otherwise: "what the link takes",
                "Bytes of a batch. The link's limit holds beside it; an event that alone is above the link's limit goes to the dead letters."),
            .defaulted(
                "linger", \.linger, .duration(.zero...(.seconds(60))), "How long a batch that is not full waits for more events."),
        ])

    private static let tls = Section(
        "endpoints.tls", "PEM files. Relative names start in the configuration's folder.",
        initial: EndpointTLS(),
        fields: [
            .optional("ca", \.ca, .pemFile(.certificate), otherwise: "none", "Authorities that are trusted beside the system's."),
            .optional(
                "certificate", \.certificate, .pemFile(.certificate), otherwise: "none",
                "Our certificate, for an AMQP peer that asks for one. With an `amqps` URL without a login it signs in (SASL EXTERNAL)."),
            .optional("key", \.key, .pemFile(.key), otherwise: "none", "The key of our certificate."),
        ]
    ) { tls, places, reading in
        guard (tls.certificate == nil) != (tls.key == nil) else { return }
        let (present, missing) = tls.key == nil ? ("certificate", "key") : ("key", "certificate")
        reading.fault(
            at: places.node(present), "\(reading.path).\(present) stands without \(missing)", remedy: "add \(missing)")
    }

    private static let check: @Sendable (inout EndpointDefinition, Section<EndpointDefinition>.Places, inout Reading) -> Void = {
        endpoint, places, reading in
        if case .partition = endpoint.partitionBy, endpoint.type != .eventHub {
            reading.fault(
                at: places.node("partitionBy"), "\(reading.path).partitionBy: only an event hub has partitions to choose from",
                remedy: "write subject, none or attribute:NAME")
        }
        if let proxy = endpoint.proxy {
            do throws(ProxyURL.Fault) {
                _ = try ProxyURL(parsing: proxy)
            } catch {
                reading.fault(at: places.node("proxy"), "\(reading.path).proxy: \(error)", remedy: error.remedy)
            }
        }
        let hasConnectionString = IdentityCheck.check(endpoint, places, &reading)
        switch endpoint.type {
        case .eventHub, .serviceBus:
            let hasIdentity = endpoint.identity != nil
            if hasConnectionString {
                checkConnection(endpoint.connectionString, "connectionString", endpoint.path, hasIdentity, places, &reading)
            }
            if let second = endpoint.secondaryConnectionString {
                checkConnection(second, "secondaryConnectionString", endpoint.path, hasIdentity, places, &reading)
            }
        case .eventGrid:
            checkEventGrid(endpoint, places, &reading)
        }
    }

    private static func checkConnection(
        _ secret: Secret, _ field: String, _ path: String?, _ hasIdentity: Bool,
        _ places: Section<EndpointDefinition>.Places, _ reading: inout Reading
    ) {
        let node = places.node(field)
        do {
            let connection = try ConnectionString(parsing: secret, hasIdentity: hasIdentity)
            switch (path, connection.entityPath) {
            case (nil, nil):
                reading.fault(
                    at: node, "\(reading.path) names no event hub, queue or topic",
                    remedy: "add path, or EntityPath to \(field)")
            case (let path?, let entity?) where path != entity:
                reading.fault(
                    at: places.node("path"), "\(reading.path).path differs from the EntityPath of \(field)",
                    remedy: "keep one")
            default: break
            }
        } catch {
            for fault in error.faults {
                reading.fault(at: node, "\(reading.path).\(field): \(fault)", remedy: fault.remedy)
            }
        }
    }

    /// Event Grid takes an access key and the host of the topic (reference 2, 5.2).
    private static func checkEventGrid(
        _ endpoint: EndpointDefinition, _ places: Section<EndpointDefinition>.Places, _ reading: inout Reading
    ) {
        for (field, key) in [
            ("connectionString", endpoint.connectionString), ("secondaryConnectionString", endpoint.secondaryConnectionString),
        ] {
            guard let key, !key.isEmpty, !isBase64(key.revealed) else { continue }
            reading.fault(
                at: places.node(field), "\(reading.path).\(field) is no access key in base64",
                remedy: "copy a key of the Event Grid topic")
        }
        if let name = endpoint.fields.repeated {
            reading.fault(
                at: places.node("fields"), "\(reading.path).fields: '\(name)' stands for two fields",
                remedy: "give each a name of its own; data is taken")
        } else if endpoint.schema != .custom, endpoint.fields != EventGridFieldNames() {
            reading.fault(
                at: places.node("fields"), "\(reading.path).fields names the fields of a custom input schema, and the topic has none",
                remedy: "add schema: Custom, or remove fields")
        }
        guard let path = endpoint.path else {
            reading.fault(
                at: places.section, "\(reading.path) has no path", remedy: "add path: the topic's host")
            return
        }
        do throws(EventGridTopicError) {
            let topic = try EventGridTopic(parsing: path)
            guard topic.kind == .namespaceTopic, endpoint.schema != .cloudEvents else { return }
            reading.fault(
                at: places.node("path"), "\(reading.path).path is a topic of a namespace, which takes CloudEvents only",
                remedy: "add schema: CloudEvents")
        } catch {
            reading.fault(at: places.node("path"), "\(reading.path).path: \(error)", remedy: error.remedy)
        }
    }

    private static func isBase64(_ text: String) -> Bool {
        let letters = text.utf8.prefix { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): true
            default: false
            }
        }
        let padding = text.utf8.dropFirst(letters.count)
        return !letters.isEmpty && text.utf8.count % 4 == 0 && padding.count <= 2
            && padding.allSatisfy { $0 == UInt8(ascii: "=") }
    }
}
