import Journal
import MQTT

extension IntakeMark {
    /// The mark of a message of QoS 1.
    ///
    /// The hash covers what devices wrote. What a broker writes anew each time it sends the
    /// message, the seconds until it expires (MQTT 5, 3.3.2.3.3), is left out, and so are the
    /// subscriptions by which it came.
    init(_ message: Message, in batch: MessageBatch) {
        var hash = ContentHash()
        hash.add(message.topic)
        hash.add(message.payload(in: batch))
        if let properties = message.properties {
            for property in properties.userProperties {
                hash.add(property.name)
                hash.add(property.value)
            }
            hash.add(properties.contentType ?? "")
            hash.add(properties.responseTopic ?? "")
            hash.add((properties.correlationData ?? [])[...])
        }
        self.init(packetID: message.packetID, hash: hash.value)
    }
}

/// 64 bits of byte strings, one after the other. The same on every machine and in every version,
/// since journals hold them. No defence against somebody who looks for collisions: with one of
/// those, and the packet id of a message that they sent before, devices could only hide a message
/// of their own.
struct ContentHash {
    private(set) var value: UInt64 = 0x7477_696E_726F_7574

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { add($0) }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        // The length keeps "ab", "c" from being "a", "bc".
        mix(UInt64(bytes.count))
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        guard offset < bytes.count else { return }
        var rest: UInt64 = 0
        for index in offset..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
        mix(rest)
    }

    /// Every bit of a 64 by 64 bit product depends on many bits of both; folding keeps them all.
    private mutating func mix(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        value = (product.high ^ product.low) &+ 0xD1B5_4A32_D192_ED03
    }
}
