/// What an access token is for.
public enum AzureService: String, Sendable, Hashable, CaseIterable {
    case eventHubs, serviceBus, eventGrid

    /// As managed identities and `az` name it; the same in all clouds (reference 4.3, 5.1).
    public var resource: String {
        switch self {
        case .eventHubs: "https://eventhubs.azure.net"
        case .serviceBus: "https://servicebus.azure.net"
        case .eventGrid: "https://eventgrid.azure.net"
        }
    }

    /// As an authority's token endpoint names it: all that the application has been given there.
    var scope: String { resource + "/.default" }
}
