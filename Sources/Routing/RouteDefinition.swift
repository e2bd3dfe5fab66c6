import Notifications

/// An event route: which events go to an endpoint.
public struct RouteDefinition: Sendable, Hashable {
    public var id: String
    public var endpoint: EndpointID
    /// Text in the filter language; `nil` lets everything through.
    public var filter: String?

    public init(id: String, endpoint: EndpointID, filter: String? = nil) {
        self.id = id
        self.endpoint = endpoint
        self.filter = filter
    }
}
