// Appends to a journal without end and prints the id of each event once it is acknowledged.
// Its parent kills it. Arguments: folder, prefix of the ids.

import Foundation
import Journal
import Logging
import Notifications

func line(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    line("usage: JournalCrashChild FOLDER PREFIX")
    exit(64)
}
// Small enough that trimming and shrinking happen between the commits and are killed too.
var tuning = JournalTuning()
tuning.maintenanceDelay = .milliseconds(1)
tuning.cursorDelay = .milliseconds(1)
tuning.trimBehindBytes = 1
tuning.trimChunkBytes = 4096
tuning.slackBytes = 0
let journal = try Journal(
    folder: arguments[1], durability: .powerLoss, tuning: tuning,
    logger: Logger(label: "child") { _ in SwiftLogNoOpLogHandler() })
let slots = try journal.register(endpoints: ["sink"])

await withTaskGroup(of: Void.self) { group in
    for task in 0..<4 {
        group.addTask {
            var number = 0
            while true {
                let ids = (0...(number % 5)).map { "\(arguments[2])-\(task)-\(number)-\($0)" }
                let events = ids.enumerated().map { index, id in
                    PendingEvent(
                        notification: Notification(
                            id: id, source: "source", type: "type", subject: "device-\((number + index) % 11)",
                            body: Array(repeating: UInt8(index), count: 50)[...]),
                        endpoints: EndpointSet(slots.values))
                }
                do {
                    _ = try await journal.append(JournalBatch(events: events))
                } catch {
                    line("error \(error)")
                    exit(1)
                }
                line(ids.joined(separator: " "))
                number += 1
            }
        }
    }
}
