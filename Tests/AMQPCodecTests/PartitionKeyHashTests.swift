import Testing

import AMQPCodec

@Suite("Partition key hash")
struct PartitionKeyHashTests {
    // Computed with azure-eventhub 5.15.1.
    @Test("agrees with the official clients", arguments: [
        ("a", 0, 4),
        ("device-1", 0, 4),
        ("key1", 3, 27),
        ("0123456789ab", 2, 2),
        ("0123456789abc", 1, 25),
        ("a much longer partition key than twelve bytes", 3, 23),
    ])
    func agrees(key: String, ofFour: Int, ofThirtyTwo: Int) {
        #expect(PartitionKeyHash.partition(of: key, count: 4) == ofFour)
        #expect(PartitionKeyHash.partition(of: key, count: 32) == ofThirtyTwo)
    }
}
