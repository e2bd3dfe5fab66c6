/// The name of an endpoint, as the configuration and the HTTP API write it.
public struct EndpointID: RawRepresentable, Sendable, Hashable, Comparable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public init(stringLiteral value: String) {
        self.rawValue = value
    }

    public static func < (left: EndpointID, right: EndpointID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension EndpointID: CustomStringConvertible {
    public var description: String { rawValue }
}
