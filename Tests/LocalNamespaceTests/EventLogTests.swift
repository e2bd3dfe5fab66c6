import Testing

@testable import LocalNamespace

@Suite("Event log")
struct EventLogTests {
    @Test("keeps messages in order under positions that count up")
    func order() throws {
        var log = EventLog(byteLimit: 1 << 20)
        for number in 0..<3 { log.append([UInt8(number)]) }
        #expect(try #require(log.message(atOrAfter: 1)).bytes == [1])
        #expect(log.message(atOrAfter: 3) == nil)
        #expect(log.endPosition == 3)
    }

    @Test("drops and counts the oldest at its limit, and a reader goes on with the oldest that is left")
    func bounded() throws {
        var log = EventLog(byteLimit: 10 * (100 + EventLog.overheadBytes))
        for number in 0..<5000 { log.append([UInt8](repeating: UInt8(number % 256), count: 100)) }
        #expect(log.count == 10)
        #expect(log.expired == 4990)
        #expect(log.bytes <= log.byteLimit)
        let oldest = try #require(log.message(atOrAfter: 0))
        #expect(oldest.position == 4990)
        #expect(oldest.bytes.first == UInt8(4990 % 256))
    }

    @Test("keeps the newest message even if it alone is over the limit")
    func oneLargeMessage() {
        var log = EventLog(byteLimit: 10)
        log.append([1])
        log.append([UInt8](repeating: 2, count: 100))
        #expect(log.count == 1)
        #expect(log.message(atOrAfter: 0)?.position == 1)
    }
}
