import HeaderSerialization
import MQTT
import Notifications
import Testing

@testable import Ingest

@Suite("Twin, edge and model events")
struct TwinEventMappingTests {
    /// A body that the seeds allow for the type.
    static func body(of type: EventType, in dialect: Dialect) -> String {
        switch type.bodyShape(in: dialect) {
        case .object, .free: #"{"$dtId":"kiln-4"}"#
        case .patch: #"[{"op":"add","path":"/bar","value":2}]"#
        case .none: ""
        }
    }

    static func template(of type: EventType) -> String {
        switch type {
        case .edgeCreate, .edgeUpdate, .edgeDelete: "twins/{subject}/edges/{relationship}/{edge}"
        default: "twins/{subject}"
        }
    }

    static func topic(of type: EventType) -> String {
        template(of: type).replacing("{subject}", with: "kiln-4").replacing("{relationship}", with: "feeds")
            .replacing("{edge}", with: "e7")
    }

    /// From the seeds, by hand, so that the tables of `EventType` are tested too.
    static let names: [EventType: String] = [
        .twinCreate: "Twin.Create", .twinUpdate: "Twin.Update", .twinDelete: "Twin.Delete",
        .twinProxyCreate: "TwinProxy.Create", .twinProxyDelete: "TwinProxy.Delete",
        .twinProxyAttach: "TwinProxy.Attach", .twinProxyDetach: "TwinProxy.Detach",
        .edgeCreate: "Edge.Create", .edgeUpdate: "Edge.Update", .edgeDelete: "Edge.Delete",
        .modelUpload: "Model.Upload", .modelReload: "Model.Reload", .modelPatch: "Model.Patch",
        .modelDecom: "Model.Decom", .modelDelete: "Model.Delete",
    ]
    static let types = EventType.allCases.filter { $0 != .telemetry }

    @Test("get the whole header from the bridge where the publisher sends a body alone", arguments: types, Dialect.allCases)
    func bodyAlone(type: EventType, dialect: Dialect) throws {
        let mapping = try Mapping(Self.template(of: type), .event(type), dialect: dialect, serviceName: "Works")
        let body = Self.body(of: type, in: dialect)
        let event = try mapping(Self.topic(of: type), body)
        let notification = event.notification
        let name = try #require(Self.names[type])
        let isEdge = name.hasPrefix("Edge")
        #expect(notification.type == "Microsoft.Works." + (dialect == .ga ? name.replacing("Edge", with: "Relationship") : name))
        #expect(notification.source == "mill-3.example.org")
        #expect(notification.subject == (isEdge ? (dialect == .ga ? "kiln-4/relationships/e7" : "kiln-4/relationships/feeds/e7") : "kiln-4"))
        #expect(notification.time == Mapping.time)
        #expect(notification.text == body)
        let patchIsBare = dialect == .preview && (type == .twinUpdate || type == .edgeUpdate)
        #expect(notification.dataContentType == (body.isEmpty ? nil : patchIsBare ? "application/json-patch+json" : "application/json"))
        #expect(notification.traceParent != nil)
        #expect(notification.extensions.isEmpty && notification.properties.isEmpty && notification.dataSchema == nil)
        let begins: [EventType] = [.twinCreate, .twinProxyCreate, .edgeCreate, .modelUpload]
        #expect(event.startsSubjectAnew == begins.contains(type))
    }

    @Test("keep what a structured event says, and get the rest from the bridge", arguments: types)
    func structured(type: EventType) throws {
        let mapping = try Mapping(Self.template(of: type), .event(type))
        let body = Self.body(of: type, in: .preview)
        let data = body.isEmpty ? "" : #","data":\#(body)"#
        let text = #"{"specversion":"1.0","id":"e-1","source":"twins.example.org","time":"2031-02-03T04:05:06Z"\#(data)}"#
        let notification = try mapping(Self.topic(of: type), text).notification
        #expect(notification.id == "e-1")
        #expect(notification.source == "twins.example.org")
        #expect(notification.time == "2031-02-03T04:05:06Z")
        #expect(notification.type == type.name(in: .preview))
        #expect(notification.subject?.hasPrefix("kiln-4") == true)
        #expect(notification.text == body)
    }

    @Test("take attributes from MQTT 5 user properties, with or without specversion", arguments: [true, false])
    func userProperties(saysVersion: Bool) throws {
        let mapping = try Mapping("models/{subject}", .event(.modelReload))
        var properties = MessageProperties([
            "id": "17", "modelstatus": "NotFound", "updatereason": "Override", "subject": "urn:example:Kiln:2", "x-line": "7",
        ])
        if saysVersion { properties.userProperties.append(.init(name: "specversion", value: "1.0")) }
        let notification = try mapping("models/kiln", "", properties: properties).notification
        #expect(notification.id == "17")
        #expect(notification.subject == "urn:example:Kiln:2")
        #expect(notification.extensionTexts == ["modelstatus": "NotFound", "updatereason": "Override"])
        #expect(notification.properties == [Property(name: "x-line", value: "7")])
        #expect(notification.dataContentType == nil)
    }

    @Test("of the spelling that the seeds' own examples have leave in the one of the table")
    func spelling() throws {
        let mapping = try Mapping("twins/{subject}", .event(.twinCreate))
        let properties = MessageProperties(["type": "microsoft.digitaltwins.twin.create"])
        #expect(try mapping("twins/a", "{}", properties: properties).notification.type == "Microsoft.DigitalTwins.Twin.Create")
    }

    @Test("of either dialect are taken; what leaves is of the configured one")
    func otherDialect() throws {
        let mapping = try Mapping("twins/{subject}/edges/{relationship}/{edge}", .event(.edgeDelete), dialect: .ga)
        let properties = MessageProperties(["type": "Microsoft.DigitalTwins.Edge.Delete"])
        let notification = try mapping("twins/a/edges/r/e", "{}", properties: properties).notification
        #expect(notification.type == "Microsoft.DigitalTwins.Relationship.Delete")
    }

    @Test("of another type than the subscription's are refused")
    func otherType() throws {
        let mapping = try Mapping("twins/{subject}", .event(.twinCreate))
        for type in ["Microsoft.DigitalTwins.Twin.Delete", "Microsoft.Other.Twin.Create", "anything"] {
            let reason = refusal { () throws(RefusalReason) in
                try mapping("twins/a", "{}", properties: MessageProperties(["type": type]))
            }
            #expect(reason == .unexpectedType(found: type, expected: "Microsoft.DigitalTwins.Twin.Create"))
            #expect(reason?.label == "unexpected-type")
        }
    }

    @Test("that break a rule of the seeds are refused with attribute and rule", arguments: [
        (EventType.modelReload, "modelstatus", "Resolved", "", "modelstatus"),
        (.modelReload, "updatereason", "create", "", "updatereason"),
        (.modelUpload, "", "", "{}", "body"),
        (.twinCreate, "", "", "", "body"),
        (.twinCreate, "", "", "[]", "body"),
        (.twinCreate, "", "", "{", "body"),
        (.twinUpdate, "", "", "{}", "body"),
        (.twinUpdate, "", "", #"[{"op":"add"}]"#, "body"),
        (.modelDecom, "", "", #"{"op":"replace","path":"/a"}"#, "body"),
        (.edgeCreate, "subject", "kiln-4/feeds/e7", "{}", "subject"),
        (.twinCreate, "time", "yesterday", "{}", "time"),
        (.twinCreate, "source", "two words", "{}", "source"),
        (.twinCreate, "specversion", "0.3", "{}", "specversion"),
    ])
    func rules(type: EventType, name: String, value: String, body: String, attribute: String) throws {
        let mapping = try Mapping(Self.template(of: type), .event(type))
        let properties = name.isEmpty ? nil : MessageProperties([name: value])
        let reason = refusal { () throws(RefusalReason) in
            try mapping(Self.topic(of: type), body, properties: properties)
        }
        guard case .malformed(let error)? = reason else {
            Issue.record("\(String(describing: reason))")
            return
        }
        #expect(error.attribute == attribute)
        #expect(reason?.description.contains(attribute) == true)
    }
}
