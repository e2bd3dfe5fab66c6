import Notifications
import Testing

@Suite("Event types")
struct EventTypeTests {
    /// Type, name in the preview with `<Service RP>` = DigitalTwins, content type there.
    static let preview: [(EventType, String, String?)] = [
        (.telemetry, "microsoft.iot.telemetry", "application/json"),
        (.twinCreate, "Microsoft.DigitalTwins.Twin.Create", "application/json"),
        (.twinUpdate, "Microsoft.DigitalTwins.Twin.Update", "application/json-patch+json"),
        (.twinDelete, "Microsoft.DigitalTwins.Twin.Delete", "application/json"),
        (.twinProxyCreate, "Microsoft.DigitalTwins.TwinProxy.Create", "application/json"),
        (.twinProxyDelete, "Microsoft.DigitalTwins.TwinProxy.Delete", "application/json"),
        (.twinProxyAttach, "Microsoft.DigitalTwins.TwinProxy.Attach", "application/json"),
        (.twinProxyDetach, "Microsoft.DigitalTwins.TwinProxy.Detach", "application/json"),
        (.edgeCreate, "Microsoft.DigitalTwins.Edge.Create", "application/json"),
        (.edgeUpdate, "Microsoft.DigitalTwins.Edge.Update", "application/json-patch+json"),
        (.edgeDelete, "Microsoft.DigitalTwins.Edge.Delete", "application/json"),
        (.modelUpload, "Microsoft.DigitalTwins.Model.Upload", nil),
        (.modelReload, "Microsoft.DigitalTwins.Model.Reload", nil),
        (.modelPatch, "Microsoft.DigitalTwins.Model.Patch", nil),
        (.modelDecom, "Microsoft.DigitalTwins.Model.Decom", "application/json"),
        (.modelDelete, "Microsoft.DigitalTwins.Model.Delete", "application/json"),
    ]

    @Test("Names and content types of the preview", arguments: preview.indices)
    func previewNames(_ index: Int) {
        let (type, name, contentType) = Self.preview[index]
        #expect(type.name(in: .preview) == name)
        #expect(type.defaultContentType(in: .preview) == contentType)
        #expect(type.hasBody == (contentType != nil))
        #expect(EventType(name: name) == type)
        #expect(EventType(name: name.lowercased()) == type)
    }

    @Test("General availability differs in the edges' name and the updates' content type")
    func generalAvailability() {
        #expect(Self.preview.map(\.0) == EventType.allCases)
        for (type, name, contentType) in Self.preview {
            #expect(type.name(in: .ga) == name.replacing(".Edge.", with: ".Relationship."))
            #expect(type.defaultContentType(in: .ga) == (contentType == nil ? nil : "application/json"))
            #expect(EventType(name: type.name(in: .ga)) == type)
        }
    }

    @Test("The service's name is configuration; telemetry has none")
    func serviceName() {
        #expect(EventType.twinCreate.name(in: .ga, serviceName: "Plant") == "Microsoft.Plant.Twin.Create")
        #expect(EventType.telemetry.name(in: .ga, serviceName: "Plant") == "microsoft.iot.telemetry")
        #expect(EventType(name: "Microsoft.Plant.Twin.Create", serviceName: "Plant") == .twinCreate)
        #expect(EventType(name: "Microsoft.Plant.Twin.Create") == nil)
        #expect(EventType(name: "something.else") == nil)
    }

    @Test("Only what creates begins a subject anew")
    func beginsSubject() {
        #expect(EventType.allCases.filter(\.beginsSubject) == [.twinCreate, .twinProxyCreate, .edgeCreate, .modelUpload])
    }

    @Test("Subjects of edges, with and without the relationship's name")
    func edgeSubject() throws {
        let subject = try #require(EdgeSubject("twin/relationships/contains/edge-1"))
        #expect(subject == EdgeSubject(twinID: "twin", relationship: "contains", edgeID: "edge-1"))
        #expect(subject.text(in: .preview) == "twin/relationships/contains/edge-1")
        #expect(subject.text(in: .ga) == "twin/relationships/edge-1")
        #expect(EdgeSubject("twin/relationships/edge-1")?.text(in: .preview) == "twin/relationships/edge-1")
        for text in ["", "twin", "twin/edges/a", "twin/relationships/", "/relationships/a", "a/relationships/b/c/d"] {
            #expect(EdgeSubject(text) == nil)
        }
    }
}
