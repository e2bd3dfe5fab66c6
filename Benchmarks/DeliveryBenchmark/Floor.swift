import AMQP
import Foundation

/// What `floor-sender` prints.
private struct FloorFigures: Decodable {
    var seconds: Double
    var cpu_seconds: Double
}

/// The same events from a bare C loop that reads no journal and keeps nothing, to the same listener.
func measureFloor(_ program: String, batch: Int) async throws {
    let sink = Sink(countsSections: batch > 1)
    let listener = try await Listener.bind(
        ListenerConfiguration(containerID: "sink"), delegate: sink, on: sinkGroup, logger: logger)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--port", "\(listener.port)", "--count", "\(count)", "--size", "\(size)", "--batch", "\(batch)"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    await listener.close()
    let figures = try JSONDecoder().decode(FloorFigures.self, from: text)
    let each = (figures.cpu_seconds / Double(count) * 1e8).rounded() / 100
    let what = batch == 1 ? "one message an event" : "batches"
    print("C floor, \(what): \(Int(Double(count) / figures.seconds)) events/s, \(each) µs CPU an event, \(count / max(1, sink.transfers)) events a transfer")
}
