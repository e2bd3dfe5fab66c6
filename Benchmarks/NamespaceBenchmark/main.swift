import AMQP
import AMQPCodec
import BenchmarkSupport
import LocalNamespace
import Logging
import NIOCore
import NIOPosix

// Events a second into and out of the local namespace over loopback, in batches as the official
// clients send them. Arguments: events (2,000,000), bytes of body (200), events a batch (250).
// The namespace has one event loop, and so one core; the client has another.

let count = argument(0, or: 2_000_000)
let size = argument(1, or: 200)
let perBatch = argument(2, or: 250)
let batches = count / perBatch

var logger = Logger(label: "benchmark")
logger.logLevel = .error
let serverGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let clientGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
// Room for all of it, so that reading finds what was sent.
let namespace = try await LocalNamespace.start(
    NamespaceConfiguration(entityBytes: 2 * count * (size + 200), partitions: 1), on: serverGroup, logger: logger)
let connection = try await Connection.connect(
    ConnectionConfiguration(host: "127.0.0.1", port: namespace.port, containerID: "source"), on: clientGroup, logger: logger)
let window = Window()
let sender = try await connection.openSender(to: "bench") { window.settle($0.count) }

var event: [UInt8] = []
AMQPMessage(body: .data([[UInt8](repeating: 0x61, count: size)[...]])).encode(into: &event)
var envelope: [UInt8] = []
AMQPMessage(body: .data([ArraySlice<UInt8>](repeating: event[...], count: perBatch))).encode(into: &envelope)

let clock = ContinuousClock()
let sending = await clock.measure {
    for number in 0..<batches {
        sender.send([OutgoingDelivery(id: UInt64(number), bytes: envelope[...], messageFormat: 0x8001_3700)])
        await window.add(1, below: 64)
    }
    await window.add(0, below: 1)
}
print("in: \(batches * perBatch) events of \(size) bytes, \(perBatch) a batch: \(sending), \(Int(Double(batches * perBatch) / sending.inSeconds)) events/s")

let receiver = try await connection.openReceiver(
    from: "bench/ConsumerGroups/$Default/Partitions/0", options: ReceiverOptions(credit: 5000))
var received = 0
let start = clock.now
for try await batch in receiver.messages {
    received += batch.count
    receiver.settle(batch, as: .accepted)
    if received >= batches * perBatch { break }
}
let receiving = clock.now - start
print("out: \(received) events: \(receiving), \(Int(Double(received) / receiving.inSeconds)) events/s")
await connection.close()
await namespace.close()
try await serverGroup.shutdownGracefully()
try await clientGroup.shutdownGracefully()
