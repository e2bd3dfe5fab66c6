import Notifications
import Routing
import Yams

/// The top of the configuration (design.md 5.2).
enum BridgeSchema {
    static let section = Section(
        "The file", "The top level.",
        initial: BridgeConfiguration(source: ""),
        fields: [
            .required("source", \.source, .uriReference, "CloudEvents `source` of what this bridge emits."),
            .defaulted(
                "data", \.data, .folder, "Folder of the journal. A relative one starts in the configuration's folder."),
            .defaulted(
                "durability", \.durability, .choice,
                "What an acknowledged event survives: a loss of power, or only the end of the process."),
            .defaulted(
                "minimumFree", \.minimumFree, .byteSize(0...1 << 50),
                "Room that the data folder's file system keeps: below it nothing more is read, and the broker keeps the messages."),
            .defaulted("deadLetters", \.deadLetters, deadLetters.kind, "How many dead letters are kept."),
            .defaulted(
                "serviceName", \.serviceName, .typeSegment, "The service in notification types, `Microsoft.<name>.…`."),
            .defaulted(
                "dialect", \.dialect, .choice, "The vocabulary: `preview` writes `Edge` where `ga` writes `Relationship`."),
            .defaulted("mqtt", \.brokers, .list(of: BrokerSchema.section.kind), "Brokers to read from."),
            .defaulted(
                "endpoints", \.endpoints,
                EndpointSchema.section.named("endpoint") { $0.id = EndpointID(rawValue: $1) }, "Where events go."),
            .defaulted("routes", \.routes, .list(of: RouteSchema.section.kind), "Which events go to which endpoint."),
            .optional("http", \.http, HTTPSchema.section.kind, otherwise: "no HTTP server", "The HTTP API."),
        ]
    ) { configuration, places, reading in
        if configuration.brokers.isEmpty, configuration.http == nil {
            reading.fault(
                at: places.section, "nothing is read: there is neither a broker in 'mqtt' nor 'http'",
                remedy: "add mqtt: with a broker and its subscriptions")
        }
    }

    private static let deadLetters = Section(
        "deadLetters", "Beyond either limit the oldest go, counted.",
        initial: DeadLetterConfiguration(),
        fields: [
            .defaulted("count", \.count, .integer(1...10_000_000), "Dead letters of all endpoints together."),
            .defaulted("bytes", \.bytes, .byteSize(1 << 20...1 << 40), "Bytes of their headers and bodies."),
        ])
}

enum RouteSchema {
    static let section = Section(
        "routes", "A list. With no route nothing leaves; several routes to one endpoint deliver an event once.",
        initial: RouteDefinition(id: "", endpoint: ""),
        fields: [
            .required("id", \.id, .uniqueIdentifier("route"), "Unique."),
            .required("endpoint", \.endpoint, .endpointReference, "An endpoint of `endpoints`."),
            .optional(
                "filter", \.filter, .filter, otherwise: "everything",
                "Which events: see [filters](filters.md). `$body` needs no escape; a plain `${` is written `$${`."),
        ])
}

enum HTTPSchema {
    static let section = Section(
        "http", "The HTTP server of the API.",
        initial: HTTPConfiguration(listen: HostAndPort(host: "127.0.0.1", port: 8080)),
        fields: [
            .defaulted("listen", \.listen, .listenAddress, "Where it listens."),
            .optional(
                "token", \.token, .secret("a bearer token"), otherwise: "none is asked for; loopback only",
                "Asked for on all but `/healthz` and `/readyz`."),
            .optional("tls", \.tls, tls.kind, otherwise: "plain HTTP", "Certificate and key of the server."),
        ]
    ) { http, places, reading in
        if http.token == nil, !http.listen.isLoopback {
            reading.fault(
                at: places.node("listen"), "\(reading.path).listen is not on loopback, and there is no token",
                remedy: "add token: ${TWINROUTE_TOKEN}, or listen on 127.0.0.1")
        }
    }

    private static let tls = Section(
        "http.tls", "PEM files. Relative names start in the configuration's folder.",
        initial: ServerTLS(certificate: "", key: ""),
        fields: [
            .required("certificate", \.certificate, .pemFile(.certificate), "The server's chain, its own first."),
            .required("key", \.key, .pemFile(.key), "Its private key."),
        ])
}
