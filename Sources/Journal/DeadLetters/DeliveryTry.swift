/// One attempt to deliver an event that did not succeed.
public struct DeliveryTry: Sendable, Hashable {
    /// Milliseconds since 1970-01-01T00:00:00Z, by the wall clock.
    public let atMilliseconds: Int64
    /// The far side's own word, e.g. an AMQP error condition.
    public let condition: String
    /// A sentence for the operator.
    public let description: String

    public init(atMilliseconds: Int64, condition: String, description: String) {
        self.atMilliseconds = atMilliseconds
        self.condition = condition
        self.description = description
    }
}

extension DeliveryTry {
    /// A varint count, then for each try its time as a zigzag varint, condition and description.
    static func encode(_ tries: [DeliveryTry]) -> [UInt8] {
        guard !tries.isEmpty else { return [] }
        var writer = ByteWriter(capacity: 16 + tries.count * 64)
        writer.count(tries.count)
        for one in tries {
            writer.signed(one.atMilliseconds)
            writer.text(one.condition)
            writer.text(one.description)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(RowFault) -> [DeliveryTry] {
        guard !bytes.isEmpty else { return [] }
        let result: Result<[DeliveryTry], RowFault> = bytes.withUnsafeBytes { bytes in
            do throws(RowFault) {
                var reader = ByteReader(bytes)
                var tries: [DeliveryTry] = []
                for _ in 0..<(try reader.count()) {
                    tries.append(DeliveryTry(
                        atMilliseconds: try reader.signed(), condition: try reader.text(),
                        description: try reader.text()))
                }
                return .success(tries)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
