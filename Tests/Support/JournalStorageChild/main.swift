// A journal for the storage scripts (scripts/powerloss.py, scripts/diskfaults.py):
//
//   load FOLDER DURABILITY PREFIX BATCHES [FAULT]
//       a short run that says on standard output what it was told is safe; FAULT is a file that
//       it removes when the journal refuses something, which ends the fault
//   inspect
//       opens the folders named on standard input, one a line, and says what each holds

import Foundation

let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.count) {
case ("load", 5...6):
    let rest = Array(arguments.dropFirst())
    let load = Load(
        folder: rest[0], durability: rest[1], prefix: rest[2], batches: Int(rest[3]) ?? 0,
        fault: rest.count > 4 ? rest[4] : nil)
    do {
        try await load.run()
    } catch {
        // It was said.
        exit(1)
    }
case ("inspect", 1):
    while let folder = readLine() {
        say(await Inspection(of: folder).line)
    }
default:
    say("usage: JournalStorageChild load FOLDER DURABILITY PREFIX BATCHES [FAULT] | inspect")
    exit(64)
}
