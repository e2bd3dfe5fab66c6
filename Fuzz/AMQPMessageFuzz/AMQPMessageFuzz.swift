// libFuzzer's entry: the bytes of a delivery. Built by scripts/fuzz.

import AMQPCodec
import HeaderSerialization

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard let message = try? AMQPMessage(parsing: Array(UnsafeBufferPointer(start: start, count: count))) else { return 0 }
    // What was read is written so that it reads the same.
    var bytes: [UInt8] = []
    message.encode(into: &bytes)
    guard let again = try? AMQPMessage(parsing: bytes) else { preconditionFailure("what was written cannot be read") }
    var repeated: [UInt8] = []
    again.encode(into: &repeated)
    precondition(repeated == bytes)
    guard let notification = try? AMQPSerialization().decode(message) else { return 0 }
    var sent: [UInt8] = []
    try? AMQPSerialization().encode(notification, into: &sent)
    return 0
}
