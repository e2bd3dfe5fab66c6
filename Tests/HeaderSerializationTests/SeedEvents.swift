import Notifications
import Testing

/// The example messages of the seeds, each of their kinds, with values of our own.
struct SeedEvent: Sendable, CustomTestStringConvertible {
    var type: EventType
    /// Context attributes as JSON members, without `specversion`, `datacontenttype` and `data`.
    var attributes: [(name: String, value: String)]
    var dataContentType: String?
    /// JSON; empty where there is no body.
    var data: String

    /// The event as the seeds write it: one JSON object.
    var json: String {
        var members = [#""specversion": "1.0""#] + attributes.map { #""\#($0.name)": "\#($0.value)""# }
        if let dataContentType { members.append(#""datacontenttype" : "\#(dataContentType)""#) }
        if !data.isEmpty { members.append("\"data\": \(data)") }
        return "{\n  " + members.joined(separator: ",\n  ") + "\n}"
    }

    var testDescription: String { type.rawValue }
}

extension SeedEvent {
    private static func attributes(
        _ type: String, source: String = "plant.westeurope.azuredigitaltwins.net", subject: String, _ more: (String, String)...
    ) -> [(name: String, value: String)] {
        [
            ("type", type), ("source", source), ("subject", subject), ("id", "0c7bd1e6-5a3c-4b55-8f5a-1f0a6a1c2d3e"),
            ("time", "2031-05-06T07:08:09Z"),
        ] + more.map { (name: $0.0, value: $0.1) }
    }

    private static let sequence: [(name: String, value: String)] = [("sequence", "4"), ("sequencetype", "Integer")]

    static let all: [SeedEvent] = [
        SeedEvent(
            type: .telemetry,
            attributes: attributes(
                "microsoft.iot.telemetry", source: "hub-2.westeurope.azuredigitaltwins.net", subject: "boiler.zone-4",
                ("dataschema", "urn:example:plant:Boiler:2")),
            dataContentType: "application/json", data: #"{ "pressure": 7, "level": 61 }"#),
        SeedEvent(
            type: .twinCreate,
            attributes: attributes(
                "microsoft.digitaltwins.twin.create", subject: "boiler-4", ("dataschema", "urn:example:plant:Boiler:2")),
            dataContentType: "application/json",
            data: #"{ "$dtId": "boiler-4", "state": "on", "$metadata": { "$model": "urn:example:plant:Boiler:2" } }"#),
        SeedEvent(
            type: .twinCreate,
            attributes: attributes("Microsoft.DigitalTwins.Twin.Create", subject: "boiler-5") + sequence,
            dataContentType: "application/json",
            data: #"""
                { "$dtId": "boiler-5", "burner": { "power": 12, "$metadata": { "$model": "urn:example:plant:Burner:1",
                  "power": { "desiredValue": 15, "desiredVersion": 2, "ackVersion": 1, "ackCode": 200, "ackDescription": "done" } } },
                  "$metadata": { "$model": "urn:example:plant:Boiler_B5:1" } }
                """#),
        SeedEvent(
            type: .twinDelete,
            attributes: attributes("Microsoft.DigitalTwins.Twin.Delete", subject: "hall-1") + sequence,
            dataContentType: "application/json",
            data: #"{ "$dtId": "hall-1", "meanPressure": 6, "$metadata": { "$model": "urn:example:plant:Hall:1", "$kind": "DigitalTwin" } }"#),
        SeedEvent(
            type: .twinProxyAttach,
            attributes: attributes("Microsoft.DigitalTwins.TwinProxy.Attach", subject: "boiler-5") + sequence,
            dataContentType: "application/json", data: #"{ "$dtId": "boiler-5" }"#),
        SeedEvent(
            type: .edgeUpdate,
            attributes: attributes("Microsoft.DigitalTwins.Edge.Update", subject: "hall-1/relationships/heats/edge-9") + sequence,
            dataContentType: "application/json-patch+json",
            data: #"[ { "op": "replace", "path": "owner", "value": "shift-b" } ]"#),
        SeedEvent(
            type: .edgeCreate,
            attributes: attributes("Microsoft.DigitalTwins.Edge.Create", subject: "hall-1/relationships/heats/edge-9") + sequence,
            dataContentType: "application/json",
            data: #"{ "$edgeId": "edge-9", "$sourceId": "hall-1", "$relationship": "heats", "$targetId": "boiler-5", "owner": "shift-a" }"#),
        SeedEvent(
            type: .modelUpload,
            attributes: attributes("Microsoft.DigitalTwins.Model.Upload", subject: "urn:example:plant:Boiler:2")
                + [("modelstatus", "Successful"), ("updatereason", "Create")] + sequence,
            dataContentType: nil, data: ""),
        SeedEvent(
            type: .modelDecom,
            attributes: attributes("Microsoft.DigitalTwins.Model.Decom", subject: "urn:example:plant:Boiler:1") + sequence,
            dataContentType: "application/json",
            data: #"[ { "op": "replace", "path": "/decommissionedState", "value": true } ]"#),
        SeedEvent(
            type: .twinUpdate,
            attributes: attributes("Microsoft.DigitalTwins.Twin.Update", subject: "boiler-5") + sequence,
            dataContentType: "application/json-patch+json",
            data: #"""
                [ { "op": "replace", "path": "/burner/power", "value": {"b": 9}},
                  { "op": "replace", "path": "/burner/$metadata/power", "value": { "desiredVersion": 3, "ackCode": 200 } } ]
                """#),
    ]
}
