import Notifications

/// Where an application asks for tokens: the public cloud's sign-in host, or another one's.
public struct EntraAuthority: Sendable, Hashable {
    public static let publicCloud = EntraAuthority(origin: "https://login.microsoftonline.com", host: "login.microsoftonline.com")

    /// Scheme, host and port.
    let origin: String
    public let host: String

    public enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case scheme, place

        public var description: String {
            switch self {
            case .scheme: "the authority is not reached by https"
            case .place: "the authority is no host"
            }
        }

        public var remedy: String { "write https://HOST, such as https://login.microsoftonline.com" }
    }

    private init(origin: String, host: String) {
        self.origin = origin
        self.host = host
    }

    /// Reads `https://host`, or the host alone, as `AZURE_AUTHORITY_HOST` may have it.
    public init(parsing text: String) throws(Fault) {
        var rest = text.trimmed
        if let colon = rest.firstRange(of: "://") {
            guard rest[..<colon.lowerBound].lowercased() == "https" else { throw .scheme }
            rest = rest[colon.upperBound...]
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard let place = try? HostAndPort(parsing: rest) else { throw .place }
        self.init(origin: "https://\(place)", host: place.host)
    }
}
