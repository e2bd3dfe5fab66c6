import HeaderSerialization
import Notifications
import Testing

@Suite("Property bags of device topics")
struct PropertyBagTests {
    @Test("System properties, properties and escapes each go where the table says")
    func table() throws {
        let bag = try PropertyBag(
            parsing: "$.mid=m%201&$.cid=%00%FF&$.uid=u&$.ct=application%2Fjson%3Bcharset%3Dutf-8&$.ce=utf-8"
                + "&$.exp=2030-01-31T12%3A00%3A00Z&$.sub=motor&$.on=out&$.to=x&$.new=y&a+b=c+d&%C3%A4=%E2%82%AC&none&empty=&x=1=2&")
        #expect(bag.messageFields == MessageFields(
            messageID: "m 1", correlationID: [0, 0xFF], userID: Array("u".utf8), contentEncoding: "utf-8",
            expiresAtMilliseconds: 1_896_091_200_000))
        #expect(bag.contentType == "application/json;charset=utf-8")
        #expect(bag.properties == [
            Property(name: "dt-subject", value: "motor"), Property(name: "$.on", value: "out"),
            Property(name: "$.to", value: "x"), Property(name: "$.new", value: "y"),
            Property(name: "a+b", value: "c+d"), Property(name: "ä", value: "€"), Property(name: "none", value: nil),
            Property(name: "empty", value: ""), Property(name: "x", value: "1=2"),
        ])
        #expect(try PropertyBag(parsing: bag.text[...]) == bag)
    }

    @Test("A leading question mark and a trailing slash are no part of it", arguments: ["?a=1", "a=1/", "?a=1/", "a=1"])
    func frame(_ text: String) throws {
        #expect(try PropertyBag(parsing: text[...]).properties == [Property(name: "a", value: "1")])
    }

    @Test("Nothing is nothing", arguments: ["", "?", "/", "&", "&&/"])
    func empty(_ text: String) throws {
        #expect(try PropertyBag(parsing: text[...]) == PropertyBag())
    }

    @Test("A device cannot say who it is in the hub's name")
    func reserved() throws {
        let bag = try PropertyBag(parsing: "iothub-connection-device-id=other&dt-subject=x&iothub-creation-time-utc=t")
        #expect(bag.properties.map(\.name) == ["@iothub-connection-device-id", "@dt-subject", "iothub-creation-time-utc"])
    }

    @Test("Faults name the property and the rule", arguments: [
        ("a=%", SerializationError("property 'a'", .brokenPercentEncoding, value: "%")),
        ("a=%4", SerializationError("property 'a'", .brokenPercentEncoding, value: "%4")),
        ("a=%zz", SerializationError("property 'a'", .brokenPercentEncoding, value: "%zz")),
        ("%zz=1", SerializationError("property name", .brokenPercentEncoding, value: "%zz")),
        ("a=%FF", SerializationError("property 'a'", .invalidUTF8, value: "%FF")),
        ("a=1&%61=2", SerializationError("property 'a'", .givenTwice)),
        ("$.mid=1&$.mid=2", SerializationError("$.mid", .givenTwice)),
        ("$.exp=soon", SerializationError("$.exp", .notRFC3339, value: "soon")),
        ("$.cid=%1", SerializationError("$.cid", .brokenPercentEncoding, value: "%1")),
    ])
    func faults(_ text: String, _ error: SerializationError) {
        #expect(throws: error) { try PropertyBag(parsing: text[...]) }
    }

    @Test("A thousand properties are enough")
    func many() {
        let text = (0...PropertyBag.maximumCount).map { "p\($0)" }.joined(separator: "&")
        #expect(throws: SerializationError("properties", .tooMany(limit: 1_000))) { try PropertyBag(parsing: text[...]) }
    }
}
