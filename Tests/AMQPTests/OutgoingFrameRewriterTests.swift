import NIOCore
import Testing

@testable import AMQP

@Suite struct OutgoingFrameRewriterTests {
    private let batch: UInt32 = 0x8001_3700

    private func tag(_ bytes: [UInt8]) -> DeliveryTag { bytes.withUnsafeBytes { DeliveryTag($0) } }

    private func rewrite(_ rewriter: inout OutgoingFrameRewriter, _ pieces: [[UInt8]]) -> [UInt8] {
        var output = ByteBuffer()
        for piece in pieces { piece.withUnsafeBytes { rewriter.rewrite($0, into: &output) } }
        return Array(output.readableBytesView)
    }

    @Test func nothingToChangeIsIdle() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: false)
        #expect(rewriter.isIdle)
        rewriter.setFormat(0, ofDelivery: tag([1]))
        #expect(rewriter.isIdle)
        rewriter.setFormat(batch, ofDelivery: tag([1]))
        #expect(!rewriter.isIdle)
        _ = rewrite(&rewriter, [FrameBuilder.transfer(tag: [1])])
        #expect(rewriter.isIdle)
    }

    @Test func theFormatIsWrittenByteForByte() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: false)
        rewriter.setFormat(batch, ofDelivery: tag([7, 8]))
        let input: [UInt8] = [
            0, 0, 0, 25, 2, 0, 0, 3,
            0x00, 0x53, 0x14, 0xC0, 0x09, 0x05, 0x43, 0x43, 0xA0, 2, 7, 8, 0x43, 0x42,
            0xAA, 0xBB, 0xCC,
        ]
        #expect(rewrite(&rewriter, [input]) == [
            0, 0, 0, 29, 2, 0, 0, 3,
            0x00, 0x53, 0x14, 0xC0, 0x0D, 0x05, 0x43, 0x43, 0xA0, 2, 7, 8, 0x70, 0x80, 0x01, 0x37, 0x00, 0x42,
            0xAA, 0xBB, 0xCC,
        ])
    }

    @Test func otherDeliveriesKeepTheirs() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: false)
        rewriter.setFormat(batch, ofDelivery: tag([2]))
        let other = FrameBuilder.transfer(tag: [1], payload: [1, 2, 3])
        #expect(rewrite(&rewriter, [other]) == other)
    }

    @Test func everyFrameOfADeliveryHasTheSameFormat() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: false)
        rewriter.setFormat(batch, ofDelivery: tag([1]))
        let format = FrameBuilder.uint(batch)
        let input = FrameBuilder.transfer(more: true, payload: [1]) + FrameBuilder.transfer(more: false, payload: [2])
            + FrameBuilder.transfer(more: false, payload: [3])
        let expected = FrameBuilder.transfer(format: format, more: true, payload: [1])
            + FrameBuilder.transfer(format: format, more: false, payload: [2])
            // The same tag again is another delivery.
            + FrameBuilder.transfer(more: false, payload: [3])
        #expect(rewrite(&rewriter, [input]) == expected)
    }

    @Test(arguments: [
        (UInt8(0x10), 10), (0x11, 8), (0x12, 14), (0x13, 11), (0x14, 11), (0x15, 6), (0x16, 3), (0x17, 1), (0x18, 1),
    ])
    func aPaddedListIsFull(descriptor: UInt8, count: Int) {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: true)
        let short = FrameBuilder.frame(FrameBuilder.list8(descriptor, [[0x43]]) + [9, 9])
        let full = FrameBuilder.frame(
            FrameBuilder.list8(descriptor, [[0x43]] + [[UInt8]](repeating: [0x40], count: count - 1)) + [9, 9])
        #expect(rewrite(&rewriter, [short]) == full)
        #expect(rewrite(&rewriter, [full]) == full)
        let empty = FrameBuilder.frame([0x00, 0x53, descriptor, 0x45])
        let nulls = FrameBuilder.frame(
            FrameBuilder.list8(descriptor, [[UInt8]](repeating: [0x40], count: count)))
        #expect(rewrite(&rewriter, [empty]) == nulls)
    }

    @Test func theBeginOfProtonGetsAHandleMax() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: true)
        let four = [[UInt8]](repeating: [0x43], count: 4)
        #expect(rewrite(&rewriter, [FrameBuilder.frame(FrameBuilder.list8(0x11, four))])
            == FrameBuilder.frame(FrameBuilder.list8(
                0x11, four + [[0x70, 0, 0, 3, 0xFF]] + [[UInt8]](repeating: [0x40], count: 3))))
    }

    @Test func aListThatOutgrowsOneByteGetsFour() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: true)
        let long = FrameBuilder.string(String(repeating: "x", count: 250))
        let nulls = [[UInt8]](repeating: [0x40], count: 9)
        #expect(rewrite(&rewriter, [FrameBuilder.frame(FrameBuilder.list8(0x10, [long]))])
            == FrameBuilder.frame(FrameBuilder.list32(0x10, [long] + nulls)))
        // A list32 stays one.
        #expect(rewrite(&rewriter, [FrameBuilder.frame(FrameBuilder.list32(0x10, [[0x43]]))])
            == FrameBuilder.frame(FrameBuilder.list32(0x10, [[0x43]] + nulls)))
        // 254 bytes and the count are just what one byte holds.
        let fits = FrameBuilder.string(String(repeating: "x", count: 243))
        #expect(rewrite(&rewriter, [FrameBuilder.frame(FrameBuilder.list8(0x10, [fits]))])
            == FrameBuilder.frame(FrameBuilder.list8(0x10, [fits] + nulls)))
    }

    @Test func theFormatMayOutgrowTheListToo() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: false)
        let name = [UInt8](repeating: 5, count: 32)
        rewriter.setFormat(batch, ofDelivery: tag(name))
        // A transfer whose state fills the list up.
        let state = FrameBuilder.binary([UInt8](repeating: 1, count: 209))
        func fields(_ format: [UInt8]) -> [[UInt8]] {
            [[0x43], [0x43], FrameBuilder.binary(name), format, [0x42], [0x42], [0x40], state]
        }
        #expect(rewrite(&rewriter, [FrameBuilder.frame(FrameBuilder.list8(0x14, fields([0x43])) + [1])])
            == FrameBuilder.frame(FrameBuilder.list32(0x14, fields(FrameBuilder.uint(batch))) + [1]))
    }

    @Test func noFrameIsPaddedAboveThePeersLimit() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: true)
        rewriter.maxFrameSize = 512
        let full = FrameBuilder.transfer(payload: [UInt8](repeating: 1, count: 512 - FrameBuilder.transfer().count))
        #expect(rewrite(&rewriter, [full]) == full)
    }

    @Test func whatIsNotAPerformativePasses() {
        var rewriter = OutgoingFrameRewriter(padsPerformatives: true)
        let sasl = FrameBuilder.frame(type: 1, FrameBuilder.list8(0x41, [[0x40]]))
        let input = [0x41, 0x4D, 0x51, 0x50, 3, 1, 0, 0] + sasl + FrameBuilder.header + FrameBuilder.frame([])
            + FrameBuilder.frame([0x00, 0x53, 0x77, 0x45])
        #expect(rewrite(&rewriter, [input]) == input)
    }

    @Test func framesMayBeCutAnywhere() {
        let input = FrameBuilder.header + FrameBuilder.frame(FrameBuilder.list8(0x10, [FrameBuilder.string("c")]))
            + FrameBuilder.transfer(more: true, payload: [1, 2]) + FrameBuilder.frame([])
            + FrameBuilder.transfer(more: false, payload: [3]) + FrameBuilder.frame([0x00, 0x53, 0x18, 0x45])
        var whole = OutgoingFrameRewriter(padsPerformatives: true)
        whole.setFormat(batch, ofDelivery: tag([1]))
        let expected = rewrite(&whole, [input])
        #expect(expected != input)
        for cut in 0...input.count {
            for second in [cut, min(input.count, cut + 3)] {
                var rewriter = OutgoingFrameRewriter(padsPerformatives: true)
                rewriter.setFormat(batch, ofDelivery: tag([1]))
                let pieces = [Array(input[..<cut]), Array(input[cut..<second]), Array(input[second...])]
                #expect(rewrite(&rewriter, pieces) == expected, "cut at \(cut) and \(second)")
            }
        }
    }
}
