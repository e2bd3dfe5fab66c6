import AMQP
import BenchmarkSupport
import Logging
import NIOCore
import NIOPosix
import Synchronization

// Messages a second through Sender -> Listener over loopback. Arguments: messages (1,000,000),
// bytes of body (200), credit (5,000), messages a call (100). Plain TCP.

let count = argument(0, or: 1_000_000)
let size = argument(1, or: 200)
let credit = argument(2, or: 5_000)
let perCall = argument(3, or: 100)

final class Sink: ListenerDelegate {
    let credit: Int
    let received = Atomic<Int>(0)

    init(credit: Int) { self.credit = credit }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        .accept(LinkSettings(credit: credit))
    }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        received.wrappingAdd(1, ordering: .relaxed)
        return .settle(.accepted)
    }
}

var logger = Logger(label: "benchmark")
logger.logLevel = .error
let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
let sink = Sink(credit: credit)
let listener = try await Listener.bind(
    ListenerConfiguration(containerID: "sink"), delegate: sink, on: group, logger: logger)
let connection = try await Connection.connect(
    ConnectionConfiguration(host: "127.0.0.1", port: listener.port, containerID: "source"), on: group, logger: logger)
let window = Window()
let sender = try await connection.openSender(to: "bench") { window.settle($0.count) }

// One data section.
let body = [0x00, 0x53, 0x75, 0xB0] + withUnsafeBytes(of: UInt32(size).bigEndian) { Array($0) }
    + [UInt8](repeating: 0x61, count: size)
let clock = ContinuousClock()
let elapsed = await clock.measure {
    var next = 0
    while next < count {
        let last = min(count, next + perCall)
        sender.send((next..<last).map { OutgoingDelivery(id: UInt64($0), bytes: body[...]) })
        await window.add(last - next, below: 2 * credit)
        next = last
    }
    await window.add(0, below: 1)
}
print("\(count) messages of \(size) bytes, credit \(credit), \(perCall) a call: \(elapsed), \(Int(Double(count) / elapsed.inSeconds)) messages/s, received \(sink.received.load(ordering: .relaxed))")
await connection.close()
await listener.close()
try await group.shutdownGracefully()
