import Foundation
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalCrashTests {
    let folder = TemporaryFolder()

    /// The test program and its helpers are built into the same folder.
    private func child() throws -> URL {
        let names = [Bundle.main.bundlePath, Bundle.main.executablePath ?? "", CommandLine.arguments[0]]
        for name in names {
            var folder = URL(fileURLWithPath: name)
            for _ in 0..<5 {
                let candidate = folder.appendingPathComponent("JournalCrashChild")
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isFolder), !isFolder.boolValue {
                    return candidate
                }
                folder.deleteLastPathComponent()
            }
        }
        Issue.record("JournalCrashChild is not built")
        throw CocoaError(.fileNoSuchFile)
    }

    /// Ids that the child acknowledged until it was killed after `count` lines.
    private func killAfter(_ count: Int, prefix: String) throws -> [String] {
        let process = Process()
        process.executableURL = try child()
        process.arguments = [folder.path, prefix]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        var output = Data()
        while output.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            output += data
        }
        kill(process.processIdentifier, SIGKILL)
        output += pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        // A line cut short by the kill was not acknowledged to anyone.
        let whole = output.prefix(through: output.lastIndex(of: UInt8(ascii: "\n")) ?? output.startIndex)
        return String(decoding: whole, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    @Test("20 kills: no acknowledged event is lost, no sequence number skipped or given twice")
    func kills() async throws {
        var random = SplitMix(state: UInt64(Date().timeIntervalSince1970))
        var last: [String: Int32] = [:]
        var offset: Int64 = -1
        for round in 0..<20 {
            let acknowledged = try killAfter(Int.random(in: 1...150, using: &random), prefix: "\(round)")
            #expect(!acknowledged.isEmpty)

            let journal = try folder.open()
            defer { journal.close() }
            let reader = try journal.reader(for: "sink")
            var events: [JournalEvent] = []
            while reader.waiting > events.count {
                events += try await reader.next(maximumEvents: 1000, maximumBytes: 1_000_000)
            }
            let lost = Set(acknowledged).subtracting(events.ids)
            #expect(lost.isEmpty, "round \(round): lost \(lost.count) of \(acknowledged.count)")
            #expect(Set(events.ids).count == events.count)
            for event in events {
                let subject = event.notification.subject ?? ""
                #expect(event.notification.sequence?.rawValue == (last[subject] ?? 0) + 1)
                last[subject] = event.notification.sequence?.rawValue
                #expect(event.offset.rawValue > offset)
                offset = event.offset.rawValue
            }
            // The next child trims these while it appends, or half of them.
            reader.settle(events.offsets)
            #expect(journal.statistics.damagedRows == 0)
        }
    }
}
