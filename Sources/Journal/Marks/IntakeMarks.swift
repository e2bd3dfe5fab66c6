/// What is kept of a message that came from a broker, to know it again after a reconnect.
public struct IntakeMark: Sendable, Hashable {
    public let packetID: UInt16
    /// Of whatever makes two messages the same: the topic and the payload.
    public let hash: UInt64

    public init(packetID: UInt16, hash: UInt64) {
        self.packetID = packetID
        self.hash = hash
    }
}

/// The marks of a batch of messages, in the order in which they came.
public struct IntakeMarks: Sendable, Hashable {
    /// The marks that the journal keeps of one source: as many as there are MQTT packet ids.
    public static let maximumCount = 65_535

    /// Whose packet ids they are: a broker session.
    public let source: String
    public var entries: [IntakeMark]

    public init(source: String, entries: [IntakeMark]) {
        self.source = source
        self.entries = entries
    }
}

extension IntakeMarks {
    private static let markBytes = 10

    /// An entry is 2 bytes packet id and 8 bytes hash, little-endian.
    static func encode(_ entries: some Collection<IntakeMark>) -> [UInt8] {
        var writer = ByteWriter(capacity: entries.count * markBytes)
        for entry in entries {
            writer.uint16(entry.packetID)
            writer.uint64(entry.hash)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(RowFault) -> [IntakeMark] {
        let result: Result<[IntakeMark], RowFault> = bytes.withUnsafeBytes { bytes in
            do throws(RowFault) {
                var reader = ByteReader(bytes)
                var entries: [IntakeMark] = []
                entries.reserveCapacity(bytes.count / markBytes)
                while reader.remaining > 0 {
                    entries.append(IntakeMark(packetID: try reader.uint16(), hash: try reader.uint64()))
                }
                return .success(entries)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
