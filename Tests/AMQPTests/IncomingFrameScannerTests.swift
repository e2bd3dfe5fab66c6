import NIOCore
import Testing

@testable import AMQP

@Suite struct IncomingFrameScannerTests {
    private func scan(_ scanner: inout IncomingFrameScanner, _ pieces: [[UInt8]]) throws -> [UInt8] {
        var passed: [UInt8] = []
        for piece in pieces {
            try piece.withUnsafeBytes { try scanner.scan($0) { passed += Array($0) } }
        }
        return passed
    }

    private func tag(_ bytes: [UInt8]) -> DeliveryTag { bytes.withUnsafeBytes { DeliveryTag($0) } }

    @Test func thePeersMaxFrameSizeIsLowered() throws {
        var scanner = IncomingFrameScanner()
        let sasl = [0x41, 0x4D, 0x51, 0x50, 3, 1, 0, 0] + FrameBuilder.frame(type: 1, [0x00, 0x53, 0x44, 0x45])
        let passed = try scan(&scanner, [sasl + FrameBuilder.header + FrameBuilder.open(maxFrameSize: 65536)])
        #expect(passed == sasl + FrameBuilder.header + FrameBuilder.open(maxFrameSize: 65536 - 32))
    }

    @Test(arguments: [(UInt32(512), UInt32(512)), (520, 512), (544, 512), (600, 568), (4_294_967_295, 4_294_967_263)])
    func itNeverFallsBelowTheMinimum(announced: UInt32, seen: UInt32) throws {
        var scanner = IncomingFrameScanner()
        let passed = try scan(&scanner, [FrameBuilder.header + FrameBuilder.open(maxFrameSize: announced)])
        #expect(passed == FrameBuilder.header + FrameBuilder.open(maxFrameSize: seen))
    }

    @Test func anOpenWithoutTheFieldPasses() throws {
        for fields in [[FrameBuilder.string("c")], [FrameBuilder.string("c"), [0x40], [0x40]]] {
            var scanner = IncomingFrameScanner()
            let input = FrameBuilder.header + FrameBuilder.frame(FrameBuilder.list8(0x10, fields))
            #expect(try scan(&scanner, [input]) == input)
        }
    }

    @Test func everythingWorksInPiecesOfAnySize() throws {
        let formats: [UInt32] = [0x8001_3700, 0, 7]
        let input = FrameBuilder.header + FrameBuilder.open(maxFrameSize: 1000)
            + FrameBuilder.attach(handle: 0, isReceiver: false)
            + FrameBuilder.transfer(id: 0, tag: [1], format: FrameBuilder.uint(formats[0]), more: true,
                payload: [UInt8](repeating: 9, count: 700))
            + FrameBuilder.transfer(id: nil, tag: [], format: [0x40], more: false, payload: [1])
            + FrameBuilder.frame([])
            + FrameBuilder.transfer(id: 1, tag: [2], payload: [1, 2, 3])
            + FrameBuilder.transfer(id: 2, tag: [3], format: [0x52, 7])
        let expected = FrameBuilder.header + FrameBuilder.open(maxFrameSize: 968)
            + input[(FrameBuilder.header.count + FrameBuilder.open(maxFrameSize: 1000).count)...]
        for size in 1...input.count {
            var scanner = IncomingFrameScanner()
            let pieces = stride(from: 0, to: input.count, by: size).map { Array(input[$0..<min($0 + size, input.count)]) }
            #expect(try scan(&scanner, pieces) == expected, "pieces of \(size)")
            #expect(scanner.deliveries.count == 3, "pieces of \(size)")
            #expect([[1], [2], [3]].map { scanner.takeFormat(tag: tag($0)) } == formats, "pieces of \(size)")
        }
    }

    @Test func aDeliveryThatProtonLeftOutIsPassedOver() throws {
        var scanner = IncomingFrameScanner()
        _ = try scan(&scanner, [
            FrameBuilder.header + FrameBuilder.open(maxFrameSize: 1000)
                + FrameBuilder.transfer(id: 0, tag: [1], format: [0x52, 1])
                + FrameBuilder.transfer(id: 1, tag: [2], format: [0x52, 2])
        ])
        #expect(scanner.takeFormat(tag: tag([2])) == 2)
        #expect(scanner.takeFormat(tag: tag([9])) == 0)
    }

    @Test func whatWouldStopProtonIsAViolation() throws {
        let start = FrameBuilder.header + FrameBuilder.open(maxFrameSize: 1000)
        let bad = [
            FrameBuilder.transfer(id: nil, more: true),
            FrameBuilder.transfer(id: nil, more: false),
            FrameBuilder.attach(handle: 3, isReceiver: true) + FrameBuilder.transfer(handle: 3),
            FrameBuilder.frame(FrameBuilder.list8(0x14, [])),
        ]
        for frames in bad {
            var scanner = IncomingFrameScanner()
            #expect(throws: IncomingFrameScanner.Violation.self) { try scan(&scanner, [start + frames]) }
            var slow = IncomingFrameScanner()
            #expect(throws: IncomingFrameScanner.Violation.self) { try scan(&slow, (start + frames).map { [$0] }) }
        }
    }

    @Test func garbageIsPassedOnForProtonToRefuse() throws {
        let inputs: [[UInt8]] = [
            Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 64),
            FrameBuilder.header + FrameBuilder.open(maxFrameSize: 1000) + [0, 0, 0, 1, 2, 3, 4, 5, 6, 7],
        ]
        for input in inputs {
            var scanner = IncomingFrameScanner()
            #expect(try scan(&scanner, [input]).count == input.count)
            var slow = IncomingFrameScanner()
            #expect(try scan(&slow, input.map { [$0] }).count == input.count)
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var frame = FrameBuilder.transfer(payload: [UInt8](repeating: 0, count: 40))
            for _ in 0..<4 {
                frame[Int.random(in: 4..<frame.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var scanner = IncomingFrameScanner()
            _ = try? scan(&scanner, [FrameBuilder.header + FrameBuilder.open(maxFrameSize: 1000) + frame])
            var output = OutgoingFrameRewriter(padsPerformatives: true)
            var buffer = ByteBuffer()
            frame.withUnsafeBytes { output.rewrite($0, into: &buffer) }
        }
    }
}
