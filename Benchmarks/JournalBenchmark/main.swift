// Hand-run figures of the journal: `swift run -c release JournalBenchmark [FOLDER]`.
// Prints nanoseconds of CPU and wall-clock time an event, and memory for a million subjects.

import Foundation
import Journal
import Logging
import Notifications

func cpuSeconds() -> Double {
    var usage = rusage()
    _ = getrusage(.init(0), &usage)  // RUSAGE_SELF, whose type differs between systems
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}

func residentMegabytes() -> Double {
    let fields = ((try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? "").split(separator: " ")
    return fields.count > 1 ? (Double(fields[1]) ?? 0) * 4096 / 1e6 : 0
}

func measure(_ name: String, events: Int, _ work: () async throws -> Void) async rethrows {
    let clock = ContinuousClock()
    let cpu = cpuSeconds()
    let start = clock.now
    try await work()
    let wall = (clock.now - start) / .seconds(1)
    let used = cpuSeconds() - cpu
    print("\(name): \(Int(Double(events) / wall)) events/s, \(Int(wall * 1e9 / Double(events))) ns wall, "
        + "\(Int(used * 1e9 / Double(events))) ns CPU an event")
}

func batch(_ first: Int, count: Int, bodyBytes: Int, subjects: Int, to endpoints: EndpointSet) -> JournalBatch {
    let arena = [UInt8](repeating: 0x7B, count: count * bodyBytes)
    let events = (0..<count).map { index in
        PendingEvent(
            notification: Notification(
                id: "4f6c2b1e-0000-4000-8000-\(100_000_000_000 + first + index)", source: "factory-7.example.net",
                type: "microsoft.iot.telemetry", subject: "devices/line-4/sensor-\((first + index) % subjects)",
                time: "2026-01-02T03:04:05.678Z", dataContentType: "application/json",
                body: arena[(index * bodyBytes)..<((index + 1) * bodyBytes)]),
            endpoints: endpoints)
    }
    return JournalBatch(events: events, arena: arena)
}

let folder = (CommandLine.arguments.dropFirst().first ?? FileManager.default.temporaryDirectory.path)
    + "/journal-bench-\(ProcessInfo.processInfo.processIdentifier)"
defer { try? FileManager.default.removeItem(atPath: folder) }
let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
let batches = 300
let size = 1000
let total = batches * size

for durability in Durability.allCases {
    let path = folder + "/" + durability.rawValue
    var tuning = JournalTuning()
    tuning.recentBytes = 0
    let journal = try Journal(folder: path, durability: durability, tuning: tuning, logger: logger)
    guard let slot = try journal.register(endpoints: ["a"])["a"] else { exit(1) }
    let prepared = (0..<batches).map { batch($0 * size, count: size, bodyBytes: 300, subjects: 10_000, to: [slot]) }
    try await measure("\(durability.rawValue): append one batch after the other, 1000 x 300 bytes", events: total) {
        for batch in prepared { _ = try await journal.append(batch) }
    }
    let reader = try journal.reader(for: "a")
    try await measure("\(durability.rawValue): read and decode the backlog from disk", events: total) {
        var count = 0
        while count < total {
            count += try await reader.next(maximumEvents: 1000, maximumBytes: 1 << 20).count
        }
    }
    reader.rewind()
    try await measure("\(durability.rawValue): read, settle", events: total) {
        var count = 0
        while count < total {
            let events = try await reader.next(maximumEvents: 1000, maximumBytes: 1 << 20)
            count += events.count
            reader.settle(events.map(\.offset))
        }
    }
    measureClose("\(durability.rawValue): close", journal)
}

// The caller's share of an append: encoding and checksums, and the way into the inbox.
do {
    let journal = try Journal(folder: folder + "/encode", durability: .processCrash, logger: logger)
    let prepared = (0..<batches).map { batch($0 * size, count: size, bodyBytes: 300, subjects: 10_000, to: []) }
    var before = timespec()
    var after = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
    for batch in prepared { journal.append(batch) { _ in } }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
    let nanoseconds = (after.tv_sec - before.tv_sec) * 1_000_000_000 + (after.tv_nsec - before.tv_nsec)
    print("encode on the caller's thread: \(nanoseconds / total) ns CPU an event")
    journal.close()
}

func measureClose(_ name: String, _ journal: Journal) {
    let clock = ContinuousClock()
    let time = clock.measure { journal.close() }
    print("\(name): \(time)")
}

// Both at once, with an endpoint that keeps up.
do {
    let journal = try Journal(folder: folder + "/live", durability: .powerLoss, logger: logger)
    guard let slot = try journal.register(endpoints: ["a"])["a"] else { exit(1) }
    let reader = try journal.reader(for: "a")
    let prepared = (0..<batches).map { batch($0 * size, count: size, bodyBytes: 300, subjects: 10_000, to: [slot]) }
    try await measure("live: append, read and settle, one endpoint that keeps up", events: total) {
        async let read: Void = {
            var count = 0
            while count < total {
                let events = try await reader.next(maximumEvents: 1000, maximumBytes: 1 << 20)
                count += events.count
                reader.settle(events.map(\.offset))
            }
        }()
        for batch in prepared { _ = try await journal.append(batch) }
        try await read
    }
    let megabytes = Double(journal.statistics.bytesOnDisk) / 1e6
    print("live: \(megabytes) MB on disk, \(journal.statistics.eventsStored) events stored")
    journal.close()
}

// A million subjects, an event each.
do {
    var tuning = JournalTuning()
    tuning.recentBytes = 0
    let journal = try Journal(folder: folder + "/subjects", durability: .processCrash, tuning: tuning, logger: logger)
    let before = residentMegabytes()
    try await measure("a million subjects: append", events: 1_000_000) {
        for index in 0..<1000 {
            _ = try await journal.append(batch(index * 1000, count: 1000, bodyBytes: 10, subjects: 1_000_000, to: []))
        }
    }
    print("a million subjects: \(Int(residentMegabytes() - before)) MB more in memory, "
        + "\(journal.statistics.subjects) subjects")
    journal.close()
    try await measure("a million subjects: open again", events: 1_000_000) {
        let journal = try Journal(folder: folder + "/subjects", durability: .processCrash, tuning: tuning, logger: logger)
        print("  \(journal.statistics.subjects) subjects, \(journal.statistics.eventsStored) events stored")
        journal.close()
    }
}
