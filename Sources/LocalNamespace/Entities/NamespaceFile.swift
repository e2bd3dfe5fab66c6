import Foundation

/// A namespace's configuration file: the emulators' `Config.json` for Event Hubs or Service Bus, or
/// one file with the members of both (reference 4.17); with members of our own beside them:
/// `AuthorizationRules`, `EventGridTopics`, `Faults`. Comments are allowed.
struct NamespaceFile {
    private(set) var entities: [EntityDefinition] = []
    private(set) var rules: [AccessRule] = []
    private(set) var topics: [EventGridTopic] = []
    private(set) var faults: [Fault] = []
    private let byteLimit: Int

    init(_ text: String, byteLimit: Int, at now: Milliseconds) throws(DocumentFault) {
        self.byteLimit = byteLimit
        let options: JSONSerialization.ReadingOptions = [.fragmentsAllowed]
        let document: Any
        do {
            document = try JSONSerialization.jsonObject(with: Data(JSONComments.removed(from: text).utf8), options: options)
        } catch {
            throw DocumentFault(description: "the file is no JSON: \(error.localizedDescription)")
        }
        guard let user = (document as? [String: Any])?["UserConfig"] as? [String: Any] else {
            throw DocumentFault(description: "the file has no object 'UserConfig'")
        }
        for namespace in Self.objects(user["NamespaceConfig"]) + Self.objects(user["Namespaces"]) {
            for hub in Self.objects(namespace["Entities"]) { try addHub(hub) }
            for queue in Self.objects(namespace["Queues"]) { try addQueue(queue) }
            for topic in Self.objects(namespace["Topics"]) { try addTopic(topic) }
        }
        for rule in Self.objects(user["AuthorizationRules"]) { try addRule(rule) }
        for topic in Self.objects(user["EventGridTopics"]) { try addEventGridTopic(topic) }
        for fault in Self.objects(user["Faults"]) { faults.append(try Fault(json: fault, at: now)) }
        try checkNames()
    }

    private static func objects(_ value: Any?) -> [[String: Any]] { value as? [[String: Any]] ?? [] }

    private func checkNames() throws(DocumentFault) {
        var seen: Set<String> = []
        for entity in entities where !seen.insert(entity.name.lowercased()).inserted {
            throw DocumentFault(description: "'\(entity.name)' is declared twice")
        }
    }

    private static func name(_ object: [String: Any], of what: String) throws(DocumentFault) -> String {
        guard let name = object["Name"] as? String, !name.isEmpty else { throw DocumentFault(description: "\(what) has no 'Name'") }
        return name
    }

    private mutating func addHub(_ object: [String: Any]) throws(DocumentFault) {
        let name = try Self.name(object, of: "an event hub")
        var partitions = 1
        if let value = object["PartitionCount"] {
            // The emulator's own samples have the number as text.
            guard let count = value as? Int ?? (value as? String).flatMap({ Int($0) }), (1...1024).contains(count) else {
                throw DocumentFault(description: "'\(name)': PartitionCount is not 1 to 1024")
            }
            partitions = count
        }
        var groups: [String] = []
        for group in Self.objects(object["ConsumerGroups"]) { groups.append(try Self.name(group, of: "a consumer group of '\(name)'")) }
        let retention = (object["MessageRetentionInDays"] as? Int).map { Duration.seconds($0 * 86_400) }
        entities.append(EntityDefinition(
            name: name,
            kind: .hub(EventHub.Settings(partitions: partitions, consumerGroups: groups, byteLimit: byteLimit, retention: retention))))
    }

    private mutating func addQueue(_ object: [String: Any]) throws(DocumentFault) {
        let name = try Self.name(object, of: "a queue")
        entities.append(EntityDefinition(name: name, kind: .queue(try settings(object["Properties"], of: name))))
    }

    private mutating func addTopic(_ object: [String: Any]) throws(DocumentFault) {
        let name = try Self.name(object, of: "a topic")
        let own = try settings(object["Properties"], of: name)
        var subscriptions: [EntityDefinition.SubscriptionDefinition] = []
        for subscription in Self.objects(object["Subscriptions"]) {
            let subscriptionName = try Self.name(subscription, of: "a subscription of '\(name)'")
            var settings = try settings(subscription["Properties"], of: "\(name)/\(subscriptionName)")
            settings.defaultTimeToLive = [settings.defaultTimeToLive, own.defaultTimeToLive].compactMap(\.self).min()
            let rules = try RuleReader.rules(subscription["Rules"], of: "\(name)/\(subscriptionName)")
            subscriptions.append(.init(name: subscriptionName, settings: settings, rules: rules))
        }
        entities.append(EntityDefinition(
            name: name, kind: .topic(subscriptions: subscriptions, duplicateWindow: own.duplicateWindow)))
    }

    private func settings(_ value: Any?, of name: String) throws(DocumentFault) -> QueueSettings {
        let object = value as? [String: Any] ?? [:]
        var settings = QueueSettings(byteLimit: byteLimit)
        func duration(_ member: String) throws(DocumentFault) -> Milliseconds? {
            guard let value = object[member] else { return nil }
            guard let duration = (value as? String).flatMap({ ISODuration.milliseconds($0) }) else {
                throw DocumentFault(description: "'\(name)': \(member) is no duration such as PT1M")
            }
            return duration
        }
        if let lock = try duration("LockDuration") { settings.lockDuration = lock }
        settings.defaultTimeToLive = try duration("DefaultMessageTimeToLive")
        if object["RequiresDuplicateDetection"] as? Bool == true {
            settings.duplicateWindow = try duration("DuplicateDetectionHistoryTimeWindow") ?? 20_000
        }
        if let count = object["MaxDeliveryCount"] as? Int {
            guard (1...2000).contains(count) else { throw DocumentFault(description: "'\(name)': MaxDeliveryCount is not 1 to 2000") }
            settings.maxDeliveryCount = UInt32(count)
        }
        settings.requiresSession = object["RequiresSession"] as? Bool ?? false
        settings.deadLettersExpired = object["DeadLetteringOnMessageExpiration"] as? Bool ?? false
        settings.forwardTo = (object["ForwardTo"] as? String).flatMap { $0.isEmpty ? nil : $0 }
        settings.forwardDeadLettersTo = (object["ForwardDeadLetteredMessagesTo"] as? String).flatMap { $0.isEmpty ? nil : $0 }
        return settings
    }

    private mutating func addRule(_ object: [String: Any]) throws(DocumentFault) {
        let name = try Self.name(object, of: "an authorization rule")
        guard let key = object["PrimaryKey"] as? String, !key.isEmpty else {
            throw DocumentFault(description: "authorization rule '\(name)' has no 'PrimaryKey'")
        }
        var claims = Set(AccessRule.Claim.allCases)
        if let rights = object["Rights"] as? [String] {
            claims = Set(rights.compactMap { AccessRule.Claim(rawValue: $0) })
            guard claims.count == rights.count, !claims.isEmpty else {
                throw DocumentFault(description: "authorization rule '\(name)': Rights are Send, Listen and Manage")
            }
        }
        rules.append(AccessRule(name: name, primaryKey: key, secondaryKey: object["SecondaryKey"] as? String, claims: claims))
    }

    private mutating func addEventGridTopic(_ object: [String: Any]) throws(DocumentFault) {
        let name = try Self.name(object, of: "an Event Grid topic")
        var schema: EventGridTopic.Schema?
        if let text = object["InputSchema"] as? String {
            schema = EventGridTopic.Schema(rawValue: text)
            if schema == nil {
                throw DocumentFault(description: "Event Grid topic '\(name)': InputSchema is EventGridSchema or CloudEventSchemaV1_0")
            }
        }
        let keys = ["Key1", "Key2"].compactMap { object[$0] as? String }
        topics.append(EventGridTopic(name: name, schema: schema, keys: keys))
    }
}
