import AMQP
import AMQPCodec
import Foundation
import Synchronization
import Testing

/// Against Qpid Proton's Python binding (Debian's python3-qpid-proton).
@Suite(.timeLimit(.minutes(5)), .enabled(if: PythonPeer.isThere, "python3-qpid-proton is not installed"))
struct InteroperabilityTests {
    @Test func aPythonReceiverGetsOurMessages() async throws {
        let count = 50
        let peer = try PythonPeer(["receive", "\(count)"])
        defer { peer.stop() }
        let first = await peer.lines.wait { !$0.isEmpty }
        let port = try #require(first.first.flatMap { Int($0.dropFirst("port ".count)) })
        let connection = try await connect(.test(port: port))
        let sender = try await connection.openSender(to: "to-python") { _ in }
        for number in 0..<count {
            var properties = AMQPProperties()
            properties.messageID = .string("id-\(number)")
            properties.subject = "device"
            let message = AMQPMessage(
                properties: properties, applicationProperties: ["n": .long(Int64(number))],
                body: .data([Array("body \(number)".utf8)[...]]))
            var bytes: [UInt8] = []
            message.encode(into: &bytes)
            #expect(try await sender.send(bytes) == .accepted)
        }
        let lines = await peer.lines.wait(forCount: count + 1)
        #expect(Array(lines.dropFirst()) == (0..<count).map { "message id-\($0) device body \($0) \($0)" })
        await connection.close()
    }

    @Test func aPythonSenderReachesOurListener() async throws {
        let count = 50
        let rejected = ErrorCondition("test:no", description: "odd", info: ["a": .int(1)])
        let test = TestPeer(received: { delivery, _ in .settle(delivery.id % 2 == 1 ? .accepted : .rejected(rejected)) })
        for pads in [false, true] {
            try await withListener(test, .test {
                $0.padsPerformatives = pads
                $0.maxFrameSize = 1024
            }) { listener in
                let peer = try PythonPeer(["send", "\(listener.port)", "\(count)"])
                defer { peer.stop() }
                let lines = await peer.lines.wait(forCount: count)
                #expect(lines.filter { $0 == "accepted" }.count == count / 2)
                #expect(lines.filter { $0 == "rejected test:no" }.count == count / 2)
            }
        }
        let numbers = try test.deliveries.elements.map { delivery in
            try AMQPMessage(parsing: delivery.bytes).applicationProperties["n"]?.integer
        }
        #expect(numbers == (0..<2).flatMap { _ in (0..<Int64(count)).map { $0 } })
        #expect(test.requests.elements.map(\.address) == ["from-python", "from-python"])
    }
}

/// A child process that is `Interoperability/amqp_peer.py`.
final class PythonPeer {
    let lines = Recorder<String>()
    private let process = Process()

    static var isThere: Bool {
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        probe.arguments = ["-c", "import proton"]
        probe.standardError = FileHandle.nullDevice
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }

    init(_ arguments: [String]) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Interoperability/amqp_peer.py")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script.path] + arguments
        let output = Pipe()
        process.standardOutput = output
        let lines = lines
        let rest = Mutex("")
        output.fileHandleForReading.readabilityHandler = { handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            if text.isEmpty {
                handle.readabilityHandler = nil
                return
            }
            let whole = rest.withLock { rest -> [String] in
                var parts = (rest + text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                rest = parts.removeLast()
                return parts
            }
            lines.append(contentsOf: whole)
        }
        try process.run()
    }

    /// Ends the process that this object started.
    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }
}
