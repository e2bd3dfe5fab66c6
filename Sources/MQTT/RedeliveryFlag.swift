/// The DUP flag of the PUBLISH packet that is being read.
///
/// libmosquitto 2.0.11 keeps it to itself, but for a debug line that it logs right before the
/// message's callback: `Client <id> received PUBLISH (d1, q1, …`. Where a library words it in
/// another way, no message counts as sent again.
struct RedeliveryFlag {
    private let beginning: [UInt8]
    private var isSet = false

    init(clientID: String) {
        beginning = Array("Client \(clientID) received PUBLISH (d".utf8)
    }

    /// A line of the library's log.
    mutating func read(_ line: UnsafePointer<CChar>) {
        // Ends at the latest at the line's own end, which differs from all of `beginning`.
        for (offset, byte) in beginning.enumerated() where UInt8(bitPattern: line[offset]) != byte { return }
        isSet = UInt8(bitPattern: line[beginning.count]) == UInt8(ascii: "1")
    }

    /// Of the packet whose callback runs. Each line speaks of one packet.
    mutating func take() -> Bool {
        defer { isSet = false }
        return isSet
    }
}
