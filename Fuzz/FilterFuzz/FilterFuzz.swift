// libFuzzer's entry: a filter, the byte 0x1E, a body. Built by scripts/fuzz.

import Filters
import Notifications

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    let parts = input.split(separator: 0x1E, maxSplits: 1, omittingEmptySubsequences: false)
    guard let text = parts.first, let filter = try? Filter(parsingUTF8: text) else { return -1 }
    let event = Notification(
        id: "1", source: "factory-7", type: "microsoft.iot.telemetry", subject: "thermostat-1",
        sequence: SequenceNumber(rawValue: 7),
        extensions: [
            ExtensionAttribute(name: "plant", value: .string("north")), ExtensionAttribute(name: "shift", value: .integer(2)),
            ExtensionAttribute(name: "night", value: .boolean(true)),
        ],
        body: parts.count > 1 ? Array(parts[1])[...] : [])
    let evaluation = filter.evaluate(event)
    let set = FilterSet(filters: [filter, filter])
    // A difference between the ways to run a filter is as bad as a crash.
    precondition(filter.matches(event) == evaluation.matches)
    precondition(set.matching(event).count == (evaluation.matches ? 2 : 0))
    precondition(filter.explain(event).matches == evaluation.matches)
    _ = filter.lints(FilterContext(types: ["microsoft.iot.telemetry"]))
    return 0
}
