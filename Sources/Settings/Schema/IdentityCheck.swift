import Azure
import Notifications
import Routing
import Yams

/// What an endpoint's `identity` and its other fields say of each other.
enum IdentityCheck {
    /// - Returns: whether the endpoint's connection strings are worth a look.
    static func check(
        _ endpoint: EndpointDefinition, _ places: Section<EndpointDefinition>.Places, _ reading: inout Reading
    ) -> Bool {
        let isGiven = places.fields["connectionString"] != nil
        guard endpoint.identity != nil else {
            if !isGiven {
                reading.fault(
                    at: places.section, "'connectionString' is missing in \(reading.path)",
                    remedy: "add connectionString: a connection string\(endpoint.type == .eventGrid ? " (an access key of the topic)" : ""), or identity")
            }
            return isGiven
        }
        for (field, what) in [("secondaryConnectionString", "there is no second key"), ("auth", "there is no key to sign in with")] {
            guard let node = places.fields[field] else { continue }
            reading.fault(
                at: node, "\(reading.path).\(field) has no meaning beside identity: \(what)", remedy: "remove \(field), or identity")
        }
        if endpoint.type == .eventGrid, let node = places.fields["connectionString"] {
            reading.fault(
                at: node, "\(reading.path).connectionString is an access key beside identity",
                remedy: "remove connectionString, or identity")
        } else if endpoint.type != .eventGrid, !isGiven {
            reading.fault(
                at: places.section, "'connectionString' is missing in \(reading.path)",
                remedy: "add connectionString: Endpoint=sb://NAMESPACE.servicebus.windows.net")
        }
        return isGiven
    }
}
