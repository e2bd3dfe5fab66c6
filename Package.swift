// swift-tools-version:6.1
import Foundation
import PackageDescription

// CI turns warnings into errors; a laptop build only shows them.
let warningsAsErrors = ProcessInfo.processInfo.environment["TWINROUTE_WARNINGS_AS_ERRORS"] != nil

let swiftSettings: [SwiftSetting] =
    [.enableUpcomingFeature("MemberImportVisibility")]
    + (warningsAsErrors ? [.unsafeFlags(["-warnings-as-errors"])] : [])

let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// A room of the house. `Sources/<name>` and, where there are tests, `Tests/<name>Tests`.
func room(_ name: String, imports: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: imports, exclude: exclude, swiftSettings: swiftSettings)
}

func tests(of name: String, imports: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.init(stringLiteral: name)] + imports,
        swiftSettings: swiftSettings)
}

func program(_ name: String, in path: String, imports: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: imports, path: path, swiftSettings: swiftSettings)
}

/// What `scripts/fuzz` builds, and nobody else: libFuzzer's entries, as static libraries.
let isFuzzing = ProcessInfo.processInfo.environment["TWINROUTE_FUZZ"] != nil
let fuzzTargets: [Target] =
    !isFuzzing
    ? []
    : [
        fuzz("FilterFuzz", imports: ["Filters", "Notifications"]),
        fuzz("AMQPFrameFuzz", imports: ["AMQP", nioCore]),
        fuzz("AMQPMessageFuzz", imports: ["AMQPCodec", "HeaderSerialization"]),
    ]

func fuzz(_ name: String, imports: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: imports, path: "Fuzz/\(name)", swiftSettings: swiftSettings)
}

let package = Package(
    name: "twinroute",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "twinroute", targets: ["twinroute"])
    ] + fuzzTargets.map { .library(name: $0.name, type: .static, targets: [$0.name]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Bridges: C libraries of the system. No pkgConfig for Proton: its .pc file begins with a
        // C comment that SwiftPM warns about, and the module map's `link` line is enough.
        .systemLibrary(
            name: "CProton", path: "Bridges/CProton",
            providers: [.apt(["libqpid-proton11-dev"]), .brew(["qpid-proton"])]),
        .systemLibrary(
            name: "CMosquitto", path: "Bridges/CMosquitto", pkgConfig: "libmosquitto",
            providers: [.apt(["libmosquitto-dev"]), .brew(["mosquitto"])]),
        // Not a library but a hand in front of one: it keeps an assertion of libmosquitto's from
        // ending the process.
        .target(name: "CMosquittoGuard", dependencies: ["CMosquitto"], path: "Bridges/CMosquittoGuard"),
        .systemLibrary(
            name: "COpenSSL", path: "Bridges/COpenSSL", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(
            name: "CCBOR", path: "Bridges/CCBOR", pkgConfig: "libcbor",
            providers: [.apt(["libcbor-dev"]), .brew(["libcbor"])]),
        // A setting of the C library itself: nothing to install.
        .systemLibrary(name: "CAllocator", path: "Bridges/CAllocator"),

        // Vocabulary and codecs: pure Swift, no input or output.
        room("Notifications"),
        room("AMQPCodec"),
        room("Signing", imports: ["COpenSSL"]),
        room("Filters", imports: ["Notifications"]),
        room(
            "HeaderSerialization",
            imports: ["Notifications", "AMQPCodec", "CCBOR", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Protobuf/cloudevents.proto"]),
        room("Routing", imports: ["Notifications", "Filters"]),

        // Protocols and storage.
        room("AMQP", imports: ["CProton", "AMQPCodec", "Signing", nioCore, nioHTTP1, nioPosix, nioSSL, nioTLS, nioWebSocket, logging]),
        room("MQTT", imports: ["CMosquitto", "CMosquittoGuard", logging]),
        room("Journal", imports: ["Notifications", .product(name: "GRDB", package: "GRDB.swift"), logging]),

        // The two halves of the bridge.
        room("Ingest", imports: ["MQTT", "HeaderSerialization", "Notifications", "Journal", "Routing", lifecycle, logging]),
        room("Azure", imports: ["AMQP", "AMQPCodec", "HeaderSerialization", "Notifications", "Signing", httpClient, nioCore, nioHTTP1, nioPosix, nioSSL, logging]),
        room("Delivery", imports: ["Journal", "Routing", "Azure", "Notifications", lifecycle, logging]),

        // Around the bridge.
        room(
            "Checking",
            imports: [
                "AMQP", "Azure", "HeaderSerialization", "MQTT", "Notifications", nioCore, nioPosix, logging,
            ]),
        room("HTTPServing", imports: [nioCore, nioHTTP1, nioPosix, nioSSL, lifecycle, logging]),
        room(
            "ControlAPI",
            imports: [
                "HTTPServing", "Ingest", "Delivery", "Azure", "Journal", "Notifications", "HeaderSerialization", nioCore,
                lifecycle, logging,
            ]),
        room("Settings", imports: ["Notifications", "Filters", "Routing", "Azure", .product(name: "Yams", package: "Yams")]),
        room(
            "LocalNamespace",
            imports: [
                "AMQP", "AMQPCodec", "HTTPServing", "Signing", .product(name: "GRDB", package: "GRDB.swift"), nioCore,
                nioPosix, lifecycle, logging,
            ]),
        .executableTarget(
            name: "twinroute",
            dependencies: [
                "Notifications", "AMQPCodec", "Filters", "HeaderSerialization", "Routing", "AMQP", "MQTT", "Journal",
                "Ingest", "Azure", "Delivery", "LocalNamespace", "Settings",
                "HTTPServing", "ControlAPI", "Checking", "Signing",
                "CAllocator", "CProton", "CMosquitto", "COpenSSL",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                httpClient,
                lifecycle, logging, nioCore, nioHTTP1, nioPosix, nioSSL, .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),

        // Measurements and long runs, by hand and in release builds.
        .target(name: "BenchmarkSupport", path: "Benchmarks/Support", swiftSettings: swiftSettings),
        program("AMQPBenchmark", in: "Benchmarks/AMQPBenchmark", imports: ["AMQP", "BenchmarkSupport", nioCore, nioPosix, logging]),
        program(
            "DeliveryBenchmark", in: "Benchmarks/DeliveryBenchmark",
            imports: ["AMQP", "AMQPCodec", "Azure", "BenchmarkSupport", "Delivery", "Journal", "Notifications", nioCore, nioPosix, logging]),
        program(
            "EventGridBenchmark", in: "Benchmarks/EventGridBenchmark",
            imports: ["Azure", "HTTPServing", "Notifications", nioPosix, logging]),
        program("FilterBenchmark", in: "Benchmarks/FilterBenchmark", imports: ["Filters", "Notifications"]),
        program("IngestBenchmark", in: "Benchmarks/IngestBenchmark", imports: ["Azure", "HeaderSerialization", "Ingest", "Notifications", "Routing"]),
        program("JournalBenchmark", in: "Benchmarks/JournalBenchmark", imports: ["Journal", "Notifications", logging]),
        program(
            "NamespaceBenchmark", in: "Benchmarks/NamespaceBenchmark",
            imports: ["AMQP", "AMQPCodec", "BenchmarkSupport", "LocalNamespace", nioCore, nioPosix, logging]),
        program("FilterTortureRun", in: "Fuzz/FilterTortureRun", imports: ["FilterTorture"]),

        // What tests share, and what they start.
        .target(name: "TestSupport", path: "Tests/Support/TestSupport", swiftSettings: swiftSettings),
        .target(
            name: "FilterTorture", dependencies: ["Filters", "Notifications", "TestSupport"], path: "Tests/FilterTorture",
            swiftSettings: swiftSettings),
        program(
            "JournalCrashChild", in: "Tests/Support/JournalCrashChild", imports: ["Journal", "Notifications", logging]),
        program(
            "JournalStorageChild", in: "Tests/Support/JournalStorageChild", imports: ["Journal", "Notifications", logging]),

        // Tests.
        tests(of: "Notifications"),
        tests(of: "AMQPCodec", imports: ["TestSupport"]),
        tests(of: "Filters", imports: ["Notifications", "FilterTorture", .product(name: "Yams", package: "Yams")]),
        tests(of: "HeaderSerialization", imports: ["AMQPCodec", "Notifications", "TestSupport"]),
        tests(of: "Routing", imports: ["Filters", "Notifications"]),
        tests(of: "AMQP", imports: ["AMQPCodec", "Signing", nioCore, nioPosix, .product(name: "NIOEmbedded", package: "swift-nio"), logging]),
        tests(of: "MQTT", imports: ["TestSupport", logging]),
        tests(
            of: "Journal",
            imports: ["TestSupport", "Notifications", "JournalCrashChild", .product(name: "GRDB", package: "GRDB.swift"), logging]),
        tests(of: "Ingest", imports: ["TestSupport", "HeaderSerialization", "Journal", "MQTT", "Notifications", "Routing", logging]),
        tests(
            of: "LocalNamespace",
            imports: ["TestSupport", "AMQP", "AMQPCodec", nioPosix, .product(name: "NIOEmbedded", package: "swift-nio"), logging]),
        tests(
            of: "Azure",
            imports: [
                "TestSupport",
                "AMQP", "AMQPCodec", "HeaderSerialization", "LocalNamespace", "Notifications", "Signing", httpClient, nioCore,
                nioHTTP1, nioPosix, logging,
            ]),
        tests(
            of: "Delivery",
            imports: [
                "TestSupport",
                "AMQP", "AMQPCodec", "Azure", "Journal", "LocalNamespace", "Notifications", nioCore, nioPosix, logging,
            ]),
        tests(of: "HTTPServing", imports: ["TestSupport", nioCore, nioPosix, logging]),
        tests(of: "Checking", imports: ["AMQP", "Azure", "MQTT", "Notifications"]),
        tests(
            of: "ControlAPI",
            imports: [
                "TestSupport",
                "HTTPServing", "Ingest", "Journal", "Notifications", "Routing", nioPosix, logging,
            ]),
        tests(of: "Settings", imports: ["TestSupport", "Azure", "Notifications", "Routing"]),
    ] + fuzzTargets,
    swiftLanguageModes: [.v6]
)
