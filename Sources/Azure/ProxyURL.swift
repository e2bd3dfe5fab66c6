public import AMQP
import HeaderSerialization
public import Notifications

/// `http://[user:password@]host:port`, as operators and `HTTPS_PROXY` write it.
public struct ProxyURL: Sendable, Hashable {
    public enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case scheme, place, login

        public var description: String {
            switch self {
            case .scheme: "the proxy's URL does not begin with 'http://'"
            case .place: "the proxy's URL has no valid 'host:port'"
            case .login: "the proxy's URL has no valid 'user:password' before '@'"
            }
        }

        public var remedy: String {
            switch self {
            case .scheme, .place: "write http://host:port or http://user:password@host:port"
            case .login: "percent-encode '@', ':', '/' and '%' in user and password"
            }
        }
    }

    public let settings: ProxySettings

    public init(parsing secret: Secret) throws(Fault) {
        let text = secret.revealed.trimmed
        guard text.prefix(7).lowercased() == "http://" else { throw .scheme }
        var place = text.dropFirst(7)
        var login: ProxySettings.Login?
        if let at = place.lastIndex(of: "@") {
            let parts = place[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let user = PercentEncoding.decode(parts[0]), let password = PercentEncoding.decode(parts[1]),
                !user.isEmpty
            else { throw .login }
            login = ProxySettings.Login(user: user, password: password)
            place = place[place.index(after: at)...]
        }
        if place.hasSuffix("/") { place = place.dropLast() }
        guard let address = try? HostAndPort(parsing: place) else { throw .place }
        settings = ProxySettings(host: address.host, port: address.port ?? 80, login: login)
    }

    /// The proxy of the environment, where one is set and the host is not among its exceptions.
    ///
    /// - Throws: where it cannot be read.
    public static func inEnvironment(_ environment: [String: String], for host: String) throws(Fault) -> ProxyURL? {
        guard let text = environment["HTTPS_PROXY"] ?? environment["https_proxy"], !text.isEmpty else { return nil }
        let exceptions = (environment["NO_PROXY"] ?? environment["no_proxy"] ?? "").split(separator: ",").map { $0.trimmed.lowercased() }
        let host = host.lowercased()
        let isExcepted = exceptions.contains { exception in
            // A port may stand behind it, and is not looked at.
            let place = (try? HostAndPort(parsing: exception[...]))?.host ?? exception
            let name = place.hasPrefix(".") ? String(place.dropFirst()) : place
            return exception == "*" || (!name.isEmpty && (host == name || host.hasSuffix("." + name)))
        }
        return isExcepted ? nil : try ProxyURL(parsing: Secret(text))
    }
}
