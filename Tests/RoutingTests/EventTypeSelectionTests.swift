import Notifications
import Routing
import Testing

@Suite("Event types of an endpoint")
struct EventTypeSelectionTests {
    @Test("each name of 2019 stands for its class of notifications", arguments: [
        ("DeviceMessage", ["microsoft.iot.telemetry"]),
        ("SensorChange", ["Microsoft.DigitalTwins.Twin.Update"]),
        ("SpaceChange", ["Microsoft.DigitalTwins.Twin.Update"]),
        ("TopologyOperation", [
            "Microsoft.DigitalTwins.Twin.Create", "Microsoft.DigitalTwins.Twin.Delete",
            "Microsoft.DigitalTwins.TwinProxy.Create", "Microsoft.DigitalTwins.TwinProxy.Delete",
            "Microsoft.DigitalTwins.TwinProxy.Attach", "Microsoft.DigitalTwins.TwinProxy.Detach",
            "Microsoft.DigitalTwins.Edge.Create", "Microsoft.DigitalTwins.Edge.Update", "Microsoft.DigitalTwins.Edge.Delete",
            "Microsoft.DigitalTwins.Model.Upload", "Microsoft.DigitalTwins.Model.Reload",
            "Microsoft.DigitalTwins.Model.Patch", "Microsoft.DigitalTwins.Model.Decom", "Microsoft.DigitalTwins.Model.Delete",
        ]),
        ("UdfCustom", ["com.example.own"]),
    ])
    func classes(name: String, expected: [String]) {
        let selection = EventTypeSelection([name])
        let all = EventType.allCases.map { $0.name(in: .preview) } + ["com.example.own"]
        #expect(Set(all.filter(selection.contains(type:))) == Set(expected))
        // An event that says so itself is of the class.
        #expect(selection.contains(type: name))
        #expect(EventClass.allCases.map(\.rawValue).filter(selection.contains(type:)) == [name])
    }

    @Test("a notification's name stands for it in either dialect and in any case")
    func names() {
        let selection = EventTypeSelection(["Microsoft.DigitalTwins.Edge.Create", "com.example.Own"])
        #expect(selection.contains(type: "Microsoft.DigitalTwins.Relationship.Create"))
        #expect(selection.contains(type: "microsoft.digitaltwins.edge.create"))
        #expect(!selection.contains(type: "Microsoft.DigitalTwins.Edge.Delete"))
        #expect(selection.contains(type: "com.example.Own"))
        #expect(!selection.contains(type: "com.example.own"))
    }

    @Test("the service name is the configuration's")
    func serviceName() {
        let selection = EventTypeSelection(["TopologyOperation"], serviceName: "Plant")
        #expect(selection.contains(type: "Microsoft.Plant.Twin.Create"))
        #expect(!selection.contains(type: "Microsoft.DigitalTwins.Twin.Create"))
    }

    @Test("a mistyped name has a nearest one, a publisher's own has none", arguments: [
        ("DeviceMesage", "DeviceMessage"), ("devicemessage", "DeviceMessage"),
        ("Microsoft.DigitalTwins.Twins.Create", "Microsoft.DigitalTwins.Twin.Create"),
        ("DeviceMessage", nil), ("microsoft.digitaltwins.twin.create", nil), ("org.acme.rain", nil),
    ])
    func nearest(name: String, expected: String?) {
        #expect(EventTypeSelection.nearestName(to: name) == expected)
    }
}
