import Notifications
import Testing

@Suite("Sequence numbers")
struct SequenceNumberTests {
    @Test("count up by one from 1 and are written as plain decimal text")
    func countsUp() {
        #expect(SequenceNumber.first.description == "1")
        #expect(SequenceNumber.first.next == SequenceNumber(rawValue: 2))
    }

    @Test("wrap from the largest signed 32-bit integer to the smallest, as the sequence extension says")
    func wraps() {
        #expect(SequenceNumber(rawValue: .max).next == SequenceNumber(rawValue: .min))
    }
}
