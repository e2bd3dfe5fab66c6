/// What the fields of an event are called in a topic with a custom input schema, whose mapping names
/// the field that each is read from (reference 5.5).
public struct EventGridFieldNames: Sendable, Hashable {
    public var id: String
    public var subject: String
    public var eventType: String
    public var eventTime: String
    public var dataVersion: String

    /// Those of the Event Grid schema where nothing else is said.
    public init(
        id: String = "id", subject: String = "subject", eventType: String = "eventType", eventTime: String = "eventTime",
        dataVersion: String = "dataVersion"
    ) {
        self.id = id
        self.subject = subject
        self.eventType = eventType
        self.eventTime = eventTime
        self.dataVersion = dataVersion
    }

    /// A name that stands for two fields, `data` among them.
    public var repeated: String? {
        var seen: Set<String> = ["data"]
        return [id, subject, eventType, eventTime, dataVersion].first { !seen.insert($0).inserted }
    }
}
