import Routing
import Testing

@Suite("Topic templates")
struct TopicTemplateTests {
    @Test(
        "become topic filters",
        arguments: [
            ("devices/{subject}/messages/events/{properties...}", "devices/+/messages/events/#"),
            ("$share/twinroute/twins/{subject}/update", "$share/twinroute/twins/+/update"),
            ("$share/g/fixed/topic", "$share/g/fixed/topic"),
            ("a/b", "a/b"),
            ("{area}/{line}/{subject}", "+/+/+"),
            ("a/+/{subject}/#", "a/+/+/#"),
            ("/a//{subject}", "/a//+"),
            ("$SYS/{subject}", "$SYS/+"),
            ("#", "#"),
            ("$share/g//a", "$share/g//a"),
        ])
    func topicFilters(text: String, filter: String) throws {
        let template = try TopicTemplate(parsing: text)
        #expect(template.topicFilter == filter)
        #expect(template.text == text)
        #expect(TopicTemplate(levels: template.levels, shareGroup: template.shareGroup) == template)
    }

    @Test(
        "that are none say why",
        arguments: [
            ("", .empty),
            ("a/{properties...}/b", .notLast("{properties...}")),
            ("a/#/b", .notLast("#")),
            ("a/{subject}x", .partialLevel("{subject}x")),
            ("a/x{subject}", .partialLevel("x{subject}")),
            ("a/{subject", .partialLevel("{subject")),
            ("a/{", .partialLevel("{")),
            ("a/b+", .strayWildcard("b+")),
            ("a/#b", .strayWildcard("#b")),
            ("{subject}/{subject}", .duplicateName("subject")),
            ("a/{properties}", .propertiesWithoutDots),
            ("a/{rest...}", .unknownRest("{rest...}")),
            ("a/{}", .badName("{}")),
            ("a/{1a}", .badName("{1a}")),
            ("a/{+}", .badName("{+}")),
            ("a\0b", .nullCharacter),
            ("$share/g", .badShareGroup),
            ("$share//a", .badShareGroup),
            ("$share/g+/a", .badShareGroup),
            ("$share/g/", .badShareGroup),
        ] as [(String, TopicTemplateError)])
    func refused(text: String, error: TopicTemplateError) {
        #expect(throws: error) { try TopicTemplate(parsing: text) }
        #expect(!error.description.isEmpty)
        #expect(!error.remedy.isEmpty)
    }

    @Test("refuse a topic that MQTT cannot carry")
    func tooLong() {
        #expect(throws: TopicTemplateError.tooLong) { try TopicTemplate(parsing: String(repeating: "a", count: 65_536)) }
    }

    @Test(
        "know when some topic matches two of them",
        arguments: [
            ("a/{subject}/e/{properties...}", "a/+/e", true),
            ("a/{subject}/e/{properties...}", "a/x/e/f/g", true),
            ("a/{subject}/e/{properties...}", "a/{subject}/t", false),
            ("a/{subject}", "a/b/c", false),
            ("a/{subject}", "{x}/b", true),
            ("#", "a/b", true),
            ("#", "$SYS/b", false),
            ("+/b", "$SYS/b", false),
            ("$SYS/#", "$SYS/b", true),
            ("a", "a", true),
            ("a", "a/b", false),
            ("$share/g/a/{subject}", "a/b", true),
        ])
    func overlap(left: String, right: String, expected: Bool) throws {
        let left = try TopicTemplate(parsing: left)
        let right = try TopicTemplate(parsing: right)
        #expect(left.overlaps(right) == expected)
        #expect(right.overlaps(left) == expected)
    }
}
