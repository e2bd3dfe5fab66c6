import Foundation

/// The test's own broker behind TLS: `openssl s_server` decrypts for it. What is sent at once
/// leaves in one TLS record, up to 16 KiB. Takes connections one after the other.
final class FakeTLSBroker: Sendable {
    let port: Int
    let peer: FakePeer
    private let process: Process

    init(_ certificates: Certificates) throws {
        port = try LoopbackSocket.freePort()
        let (ours, theirs) = try LoopbackSocket.pair()
        peer = FakePeer(socket: ours)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "s_server", "-quiet", "-accept", "127.0.0.1:\(port)", "-cert", certificates.server, "-key",
            certificates.serverKey,
        ]
        let handle = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
        process.standardInput = handle
        process.standardOutput = handle
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        // SIGKILL for the reason that Mosquitto has.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}
