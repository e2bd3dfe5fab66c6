/// A host and, where one is named, a TCP port, as URLs and `host:port` texts write them.
public struct HostAndPort: Sendable, Hashable {
    /// A DNS name or an IP address; an IPv6 address without its brackets.
    public var host: String
    /// 1...65535.
    public var port: Int?

    public init(host: String, port: Int?) {
        self.host = host
        self.port = port
    }

    /// Reads `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
    public init(parsing text: some StringProtocol) throws(HostAndPortError) {
        let rest: Substring
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw .badHost }
            host = String(text[text.index(after: text.startIndex)..<close])
            guard host.contains(":"), host.utf8.allSatisfy(Self.isIPv6Byte) else { throw .badHost }
            rest = Substring(text[text.index(after: close)...])
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = String(text[..<end])
            guard Self.isName(host) else { throw .badHost }
            rest = Substring(text[end...])
        }
        guard let colon = rest.first else {
            port = nil
            return
        }
        guard colon == ":" else { throw .badHost }
        let digits = rest.dropFirst()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits), (1...65535).contains(number)
        else { throw .badPort }
        port = number
    }

    /// Whether only this machine can reach a server that listens on the host.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.utf8.allSatisfy(Self.isIPv4Byte))
    }

    private static func isIPv4Byte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".")
    }

    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// RFC 1123 host names, and underscores, which container networks use.
    private static func isName(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && !$0.hasPrefix("-") }
    }
}

extension HostAndPort: CustomStringConvertible {
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }
}

/// Why a text is no host and port.
public enum HostAndPortError: Error, Sendable, Hashable, CustomStringConvertible {
    case badHost
    case badPort

    public var description: String {
        switch self {
        case .badHost: "no host name or address"
        case .badPort: "no port from 1 to 65535"
        }
    }
}
