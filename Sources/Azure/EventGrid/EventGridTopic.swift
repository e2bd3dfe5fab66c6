import Notifications

/// Where events are published to (reference 5.1).
///
/// A custom topic's `path` is its host, as in the seeds; a topic of a namespace is written with the
/// path of its publish call, `host/topics/NAME:publish`. `http://` is taken for loopback only.
public struct EventGridTopic: Sendable, Hashable {
    /// What a custom topic's publish call is versioned with (reference 5.1).
    static let customTopicVersion = "2018-01-01"
    /// What a namespace topic's publish call is versioned with.
    static let namespaceTopicVersion = "2024-06-01"

    public enum Kind: Sendable, Hashable {
        case customTopic
        case namespaceTopic
    }

    public let kind: Kind
    public let server: HostAndPort
    public let usesTLS: Bool
    private let path: String

    /// - Throws: ``EventGridTopicError``.
    public init(parsing text: String) throws(EventGridTopicError) {
        var rest = Substring(text.trimmed)
        var usesTLS = true
        if rest.lowercased().hasPrefix("https://") {
            rest = rest.dropFirst("https://".count)
        } else if rest.lowercased().hasPrefix("http://") {
            rest = rest.dropFirst("http://".count)
            usesTLS = false
        }
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let server = try? HostAndPort(parsing: rest[..<end]) else { throw .badHost(text) }
        var path = rest[end...]
        while path.hasSuffix("/") { path.removeLast() }
        if path.isEmpty || path.lowercased() == "/api/events" {
            kind = .customTopic
            self.path = "/api/events"
        } else if path.hasPrefix("/topics/"), path.hasSuffix(":publish"), Self.isName(path.dropFirst(8).dropLast(8)) {
            kind = .namespaceTopic
            self.path = String(path)
        } else {
            throw .badPath(text)
        }
        guard usesTLS || server.isLoopback else { throw .plainText(text) }
        self.server = server
        self.usesTLS = usesTLS
    }

    private var origin: String {
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        return "\(usesTLS ? "https" : "http")://\(host)\(server.port.map { ":\($0)" } ?? "")"
    }

    /// What requests go to.
    public var publishURL: String {
        "\(origin)\(path)?api-version=\(kind == .customTopic ? Self.customTopicVersion : Self.namespaceTopicVersion)"
    }

    /// What a token is signed for (reference 5.2).
    var resource: String { origin + path }

    /// Letters, digits and hyphens: nothing that would change the URL.
    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}

/// Why a text names no topic.
public enum EventGridTopicError: Error, Sendable, Hashable, CustomStringConvertible {
    case badHost(String)
    case badPath(String)
    case plainText(String)

    public var description: String {
        switch self {
        case .badHost(let text): "'\(text)' is no host name"
        case .badPath(let text): "'\(text)' has a path that no topic has"
        case .plainText(let text): "'\(text)' would send the key over the network in plain text"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .badHost: "write the topic's host, such as name.westeurope-1.eventgrid.azure.net"
        case .badPath: "write the host alone; for a topic of a namespace, host/topics/NAME:publish"
        case .plainText: "leave http:// out; it is for a server on this machine"
        }
    }
}
