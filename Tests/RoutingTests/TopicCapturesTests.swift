import Routing
import Testing

@Suite("Topic captures")
struct TopicCapturesTests {
    @Test("hold what the template's places hold", arguments: [
        ("devices/{subject}/messages/events/{properties...}", "devices/d1/messages/events/a=b&c=d/", "d1", "a=b&c=d/"),
        ("devices/{subject}/messages/events/{properties...}", "devices/d1/messages/events", "d1", ""),
        ("devices/{subject}/messages/events/{properties...}", "devices/d1/messages/events/", "d1", ""),
        ("$share/g/{subject}/{properties...}", "größe/x/y", "größe", "x/y"),
        ("+/{subject}/#", "a/b/c/d", "b", nil),
    ])
    func captures(template: String, topic: String, subject: String, properties: String?) throws {
        let captures = try #require(try TopicTemplate(parsing: template).captures(of: topic))
        #expect(captures["subject"] == subject)
        #expect(captures.properties == properties)
        #expect(captures["nothing"] == nil)
    }

    @Test("are absent for topics of another shape", arguments: [
        "devices/d1/telemetr", "devices/d1/telemetry/x", "devices/telemetry", "device/d1/telemetry",
        "devices/d1", "", "/devices/d1/telemetry",
    ])
    func noMatch(topic: String) throws {
        #expect(try TopicTemplate(parsing: "devices/{subject}/telemetry").captures(of: topic) == nil)
    }

    @Test("an empty level is a level")
    func emptyLevel() throws {
        let template = try TopicTemplate(parsing: "devices/{subject}/telemetry")
        #expect(try #require(template.captures(of: "devices//telemetry"))["subject"] == "")
    }

    @Test("templates join a share group unless they name one")
    func shareGroup() throws {
        #expect(try TopicTemplate(parsing: "a/{b}").sharedTopicFilter(group: "g") == "$share/g/a/+")
        #expect(try TopicTemplate(parsing: "$share/own/a").sharedTopicFilter(group: "g") == "$share/own/a")
    }
}
