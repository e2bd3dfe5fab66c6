public import Azure

/// The ways to one endpoint: one for each of its keys.
public struct KeyedConnectors: Sendable {
    public var primary: any EndpointConnector
    public var secondary: (any EndpointConnector)?

    public init(primary: any EndpointConnector, secondary: (any EndpointConnector)? = nil) {
        self.primary = primary
        self.secondary = secondary
    }

    subscript(key: EndpointKey) -> any EndpointConnector {
        key == .secondary ? secondary ?? primary : primary
    }
}
