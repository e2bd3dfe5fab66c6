// swift-tools-version:6.1
import PackageDescription

// A package of its own: only the rooms that it measures are built, and what these import.
// `Sources/` holds links to the rooms.
let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
    name: "mapping",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0")
    ],
    targets: [
        .systemLibrary(name: "CCBOR", path: "Sources/CCBOR", pkgConfig: "libcbor"),
        .target(name: "AllocationCounter"),
        .target(name: "Notifications", swiftSettings: settings),
        .target(name: "AMQPCodec", swiftSettings: settings),
        .target(
            name: "HeaderSerialization",
            dependencies: ["Notifications", "AMQPCodec", "CCBOR", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Protobuf/cloudevents.proto"], swiftSettings: settings),
        .executableTarget(
            name: "mapping",
            dependencies: ["AllocationCounter", "Notifications", "AMQPCodec", "HeaderSerialization"],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
