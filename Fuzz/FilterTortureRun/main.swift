// FilterTortureRun [count] [seed]: so many random and mutated filters, run in every way.
// Prints the seed, the rates and the memory in use, and ends with 1 when a verdict differs.

import FilterTorture

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Most memory that the process ever held, in KiB.
func peakMemory() -> Int {
    var usage = rusage()
    #if canImport(Glibc)
        let whose = RUSAGE_SELF.rawValue
    #else
        let whose = RUSAGE_SELF
    #endif
    return getrusage(.init(whose), &usage) == 0 ? usage.ru_maxrss : 0
}

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let count = Int(arguments.first ?? 1_000_000)
let seed = arguments.dropFirst().first ?? UInt64.random(in: .min ... .max)
print("seed \(seed), \(count) filters")
let step = max(count / 20, 1)
var torture = Torture(seed: seed)
var done = 0
while done < count, torture.complaints.isEmpty {
    torture.run(min(step, count - done))
    done += step
    print("\(min(done, count)) filters, \(torture.accepted) accepted, \(torture.matched) events matched, peak \(peakMemory()) KiB")
}
for complaint in torture.complaints.prefix(20) { print(complaint) }
exit(torture.complaints.isEmpty ? 0 : 1)
