import Notifications

/// `mqtt://host[:port]` or `mqtts://host[:port]`.
public struct BrokerURL: Sendable, Hashable {
    public var host: String
    /// 1...65535; 1883 or, with TLS, 8883 where none was written.
    public var port: Int
    public var usesTLS: Bool

    public init(host: String, port: Int? = nil, usesTLS: Bool = false) {
        self.host = host
        self.port = port ?? (usesTLS ? 8883 : 1883)
        self.usesTLS = usesTLS
    }

    init(parsing text: String) throws(BrokerURLError) {
        let usesTLS = text.hasPrefix("mqtts://")
        guard usesTLS || text.hasPrefix("mqtt://") else { throw .badScheme }
        let rest = text.dropFirst(usesTLS ? 8 : 7)
        guard !rest.contains("@") else { throw .credentials }
        let location = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard !location.contains("/"), !location.contains("?"), !location.contains("#") else { throw .path }
        do {
            let address = try HostAndPort(parsing: location)
            self.init(host: address.host, port: address.port, usesTLS: usesTLS)
        } catch {
            switch error {
            case .badHost: throw .badHost
            case .badPort: throw .badPort
            }
        }
    }
}

extension BrokerURL: CustomStringConvertible {
    public var description: String {
        "\(usesTLS ? "mqtts" : "mqtt")://\(HostAndPort(host: host, port: port))"
    }
}

/// Why a text is no broker URL. Without the text: a URL may hold a password.
enum BrokerURLError: Error, CustomStringConvertible {
    case badScheme, credentials, path, badHost, badPort

    var description: String {
        switch self {
        case .badScheme: "the URL does not begin with mqtt:// or mqtts://"
        case .credentials: "the URL holds credentials"
        case .path: "the URL has more than host and port"
        case .badHost: "the URL names no valid host"
        case .badPort: "the URL has no port from 1 to 65535 after ':'"
        }
    }

    var remedy: String {
        switch self {
        case .credentials: "put them into username and password"
        default: "write mqtt://<host>:1883 or mqtts://<host>:8883"
        }
    }
}
