import ArgumentParser
import Foundation
import Logging
import MQTT

struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Plays simulated devices that publish telemetry over MQTT.",
        discussion: """
            Examples:
              twinroute publish --count 1000 --devices 10 --rate 100
              twinroute publish --count 100000 --rate 0 --size 200 --json
              twinroute publish --count 5 --topic 'plant/{device}/state' --host 127.0.0.1 --port 1883
            """)

    @Option(help: "Messages in all.")
    var count = 100

    @Option(help: "Devices that take turns.")
    var devices = 10

    @Option(help: "Messages a second; 0 is as fast as possible.")
    var rate = 100.0

    @Option(help: "Bytes of a payload.")
    var size = 200

    @Option(help: "The broker's host.")
    var host = "127.0.0.1"

    @Option(help: "The broker's port.")
    var port = 1883

    @Option(help: "Topic; {device} is the device's name.")
    var topic = "devices/{device}/messages/events"

    @Option(help: "Quality of service, 0 or 1.")
    var qos: UInt8 = 1

    @Flag(name: .customLong("mqtt-3"), help: "Speak MQTT 3.1.1 instead of 5.")
    var mqtt3 = false

    @Flag(help: "Print the summary as JSON.")
    var json = false

    func validate() throws {
        guard count > 0 else { throw ValidationError("--count must be 1 or more") }
        guard devices > 0 else { throw ValidationError("--devices must be 1 or more") }
        guard rate >= 0, rate.isFinite else { throw ValidationError("--rate must be 0 or more") }
        guard (0...(256 << 20)).contains(size) else { throw ValidationError("--size must be between 0 and 268435456") }
        guard qos <= 1 else { throw ValidationError("--qos must be 0 or 1") }
        guard (1...65535).contains(port) else { throw ValidationError("--port must be between 1 and 65535") }
    }

    func run() async throws {
        try await reportingExpectedErrors {
            try await untilInterrupted(publish) { summary in
                print(json ? summary.json : summary.text)
                if summary.acknowledged < summary.sent { throw ExitCode.failure }
            }
        }
    }

    /// Ends early, with what was sent until then, when the task is cancelled.
    @Sendable private func publish() async throws -> PublishSummary {
        let publisher = try Publisher(
            MQTT.ConnectionConfiguration(
                name: "publish", host: host, port: port, protocolVersion: mqtt3 ? .v311 : .v5,
                clientID: "twinroute-publish-\(UUID().uuidString.prefix(8).lowercased())", cleanStart: true,
                sessionExpirySeconds: 0),
            logger: .quiet)
        try await publisher.connect()
        var simulated = (1...devices).map { SimulatedDevice(name: "device-\($0)") }
        var bar = ProgressBar(total: count, unit: "messages")
        let start = ContinuousClock.now
        let pace = Pace(rate: rate, start: start)
        var sent = 0
        while sent < count, !Task.isCancelled {
            if let wait = pace.wait(sent: sent) {
                guard (try? await Task.sleep(for: wait)) != nil else { break }
            }
            let device = sent % devices
            try await publisher.publish(
                topic: topic.replacing("{device}", with: simulated[device].name),
                payload: simulated[device].nextPayload(size: size),
                qos: MQTT.Subscription.MaximumQoS(rawValue: Int32(qos)) ?? .atLeastOnce)
            sent += 1
            if sent % 64 == 0 || sent == count {
                bar.update(sent, perSecond: Double(sent) / (ContinuousClock.now - start).seconds)
            }
        }
        // Also after Ctrl-C: what is under way is waited for, in a task that was not cancelled.
        try await Task { try await publisher.flush() }.value
        let duration = ContinuousClock.now - start
        bar.clear()
        let counters = publisher.counters
        await publisher.close()
        return PublishSummary(
            sent: sent, acknowledged: Int(counters.completed), rejected: Int(counters.rejected), duration: duration)
    }
}

extension MQTT.ConnectionFailure: ExpectedError {}
