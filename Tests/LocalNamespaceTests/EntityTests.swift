import Testing

@testable import LocalNamespace

@Suite("Addresses and files")
struct EntityTests {
    @Test("an address names a node, as a path or as a URI", arguments: [
        ("hub", NodeAddress.entity("hub")), ("amqps://h:5671/hub", .entity("hub")), ("/a/b", .entity("a/b")),
        ("$cbs", .tokens), ("amqps://h/$cbs", .tokens), ("$management", .management(of: nil)),
        ("q/$management", .management(of: .entity("q"))), ("hub/Partitions/3", .partition(hub: "hub", id: "3")),
        ("hub/ConsumerGroups/$Default/Partitions/0", .consumer(hub: "hub", group: "$Default", partition: "0")),
        ("t/subscriptions/s", .subscription(topic: "t", name: "s")),
        ("t/Subscriptions/s/$DeadLetterQueue", .deadLetters(of: .subscription(topic: "t", name: "s"))),
        ("a%20b", .entity("a b")),
    ])
    func addresses(text: String, node: NodeAddress) {
        #expect(NodeAddress(text) == node)
    }

    @Test("nothing is named", arguments: [nil, "", "/", "amqps://host", "amqps://host/"])
    func nothing(text: String?) {
        #expect(NodeAddress(text) == nil)
    }

    @Test("reads the emulators' files, comments and all")
    func file() throws {
        let text = """
            { // hubs
              "UserConfig": { "NamespaceConfig": [ { "Type": "EventHub", "Name": "emulatorNs1", "Entities": [
                { "Name": "eh1", "PartitionCount": "2", "ConsumerGroups": [ { "Name": "cg1" } ] } ] } ],
              /* and queues */
              "Namespaces": [ { "Name": "sbemulatorns",
                "Queues": [ { "Name": "q//1", "Properties": { "LockDuration": "PT1M30S", "MaxDeliveryCount": 3,
                  "RequiresDuplicateDetection": true, "DuplicateDetectionHistoryTimeWindow": "PT20S", "ForwardTo": "" } } ],
                "Topics": [ { "Name": "t", "Subscriptions": [ { "Name": "s", "Rules": [ { "Name": "r", "Properties": {
                  "FilterType": "Correlation", "CorrelationFilter": { "Label": "x", "Properties": { "p": "v" } } } } ] } ] } ] } ],
              "Logging": { "Type": "File" } } }
            """
        let file = try NamespaceFile(text, byteLimit: 1000, at: 0)
        #expect(file.entities.map(\.name) == ["eh1", "q//1", "t"])
        #expect(file.entities[0].kind == .hub(.init(partitions: 2, consumerGroups: ["cg1"], byteLimit: 1000)))
        var queue = QueueSettings(lockDuration: 90_000, maxDeliveryCount: 3, duplicateWindow: 20_000, byteLimit: 1000)
        #expect(file.entities[1].kind == .queue(queue))
        queue = QueueSettings(byteLimit: 1000)
        let rule = SubscriptionRule.correlation(.init(label: "x", properties: ["p": "v"]))
        #expect(file.entities[2].kind == .topic(
            subscriptions: [.init(name: "s", settings: queue, rules: [rule])], duplicateWindow: nil))
    }

    @Test("says what is wrong with a file", arguments: [
        ("{", "JSON"), ("{}", "UserConfig"),
        (#"{"UserConfig": {"Namespaces": [{"Queues": [{}]}]}}"#, "Name"),
        (#"{"UserConfig": {"Namespaces": [{"Queues": [{"Name": "a"}, {"Name": "A"}]}]}}"#, "twice"),
        (#"{"UserConfig": {"Namespaces": [{"Queues": [{"Name": "a", "Properties": {"LockDuration": "1m"}}]}]}}"#, "LockDuration"),
        (#"{"UserConfig": {"NamespaceConfig": [{"Entities": [{"Name": "a", "PartitionCount": 0}]}]}}"#, "PartitionCount"),
        (#"{"UserConfig": {"Faults": [{"fault": "x"}]}}"#, "unknown"),
    ])
    func faultyFile(text: String, words: String) {
        #expect { try NamespaceFile(text, byteLimit: 1, at: 0) } throws: { "\($0)".contains(words) }
    }

    @Test("durations", arguments: [("PT1H", Milliseconds(3_600_000)), ("P1DT1S", 86_401_000), ("PT1M30S", 90_000)])
    func durations(text: String, milliseconds: Milliseconds) {
        #expect(ISODuration.milliseconds(text) == milliseconds)
    }
}
