// swift-tools-version:6.1
import PackageDescription

// A package of its own: only the rooms that it measures are built, and no dependency of theirs is
// needed. `Sources/` holds links to the rooms.
let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
    name: "mapping",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "AllocationCounter"),
        .target(name: "Notifications", swiftSettings: settings),
        .target(name: "AMQPCodec", swiftSettings: settings),
        .target(name: "HeaderSerialization", dependencies: ["Notifications", "AMQPCodec"], swiftSettings: settings),
        .executableTarget(
            name: "mapping",
            dependencies: ["AllocationCounter", "Notifications", "AMQPCodec", "HeaderSerialization"],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
