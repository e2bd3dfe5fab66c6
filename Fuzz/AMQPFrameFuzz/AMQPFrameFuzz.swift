// libFuzzer's entry: a byte that says how the rest is cut into pieces, and bytes of a connection, as a
// peer sends them and as Proton does. Built by scripts/fuzz.

import NIOCore

@testable import AMQP

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return -1 }
    let bytes = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
    let size = max(1, Int(start[0]))
    // How it is cut must not matter.
    precondition(scan(bytes, inPiecesOf: size) == scan(bytes, inPiecesOf: bytes.count))
    for pads in [false, true] {
        precondition(rewrite(bytes, inPiecesOf: size, pads: pads) == rewrite(bytes, inPiecesOf: bytes.count, pads: pads))
    }
    return 0
}

private let tag = [UInt8(1)].withUnsafeBytes { DeliveryTag($0) }

private func forEachPiece(
    of bytes: UnsafeRawBufferPointer, size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
) rethrows {
    for start in stride(from: 0, to: bytes.count, by: size) {
        try body(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + size, bytes.count)]))
    }
}

private struct Scanned: Equatable {
    var passed: [UInt8] = []
    var violation: IncomingFrameScanner.Violation?
    var format: UInt32 = 0
    var limit: UInt32 = 0
}

private func scan(_ bytes: UnsafeRawBufferPointer, inPiecesOf size: Int) -> Scanned {
    var scanner = IncomingFrameScanner()
    var result = Scanned()
    do {
        try forEachPiece(of: bytes, size: size) { piece in
            try scanner.scan(piece) { result.passed += Array($0) }
        }
    } catch {
        // What was passed on before depends on the pieces.
        return Scanned(violation: error as? IncomingFrameScanner.Violation)
    }
    precondition(result.passed.count <= bytes.count)
    result.limit = scanner.peerMaxFrameSize
    result.format = scanner.takeFormat(tag: tag)
    return result
}

private func rewrite(_ bytes: UnsafeRawBufferPointer, inPiecesOf size: Int, pads: Bool) -> [UInt8] {
    var rewriter = OutgoingFrameRewriter(padsPerformatives: pads)
    rewriter.setFormat(0x8001_3700, ofDelivery: tag)
    var output = ByteBuffer()
    forEachPiece(of: bytes, size: size) { rewriter.rewrite($0, into: &output) }
    return Array(output.readableBytesView)
}
