import HeaderSerialization
import TestSupport
import Testing

@Suite("Trace context")
struct TraceParentTests {
    private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("A valid one is carried, anything else begins a trace", arguments: [
        nil, "", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-zz", "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
    ])
    func begun(_ text: String?) throws {
        var generator = SplitMix64(seed: 1)
        let result = TraceParent.carriedOrBegun(text, using: &generator)
        #expect(result != text)
        #expect(TraceParent(result)?.description == result)
        #expect(TraceParent.carriedOrBegun(Self.valid, using: &generator) == Self.valid)
    }

    @Test("Each endpoint gets a span of its own in the same trace")
    func child() throws {
        var generator = SplitMix64(seed: 1)
        let parent = try #require(TraceParent(Self.valid))
        let child = parent.child(using: &generator)
        #expect(child.traceID == parent.traceID && child.flags == 1 && child.spanID != parent.spanID)
        #expect(TraceParent(child.description) == child)
    }

    @Test("Later versions may say more")
    func laterVersion() {
        #expect(TraceParent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more") != nil)
        #expect(TraceParent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x") == nil)
    }
}
