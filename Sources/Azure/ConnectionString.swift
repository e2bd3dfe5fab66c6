import HeaderSerialization
import Notifications

/// Where an endpoint is and how to log in there, read from one text.
///
/// Two forms: a connection string of Event Hubs or Service Bus (reference 4.16), and a URL
/// `amqp[s]://[user:password@]host[:port]` for any other AMQP 1.0 peer.
///
/// Our own rule: a port in `Endpoint` holds with TLS too, where the Python SDK ignores it.
public struct ConnectionString: Sendable, Hashable {
    public enum Authentication: Sendable, Hashable {
        /// Rule name and key: SAS tokens are made from them.
        case sharedAccessKey(name: String, key: Secret)
        /// A ready token; it cannot be renewed.
        case sharedAccessSignature(Secret)
        /// SASL PLAIN.
        case plain(user: String, password: Secret)
        /// SASL ANONYMOUS, and no token.
        case anonymous
    }

    /// The name of the namespace: what OPEN and token audiences carry.
    public var host: String
    /// 1...65535, where one was written.
    public var namedPort: Int?
    /// Whether TLS starts with the first byte.
    public var usesTLS: Bool
    public var authentication: Authentication
    /// Event hub, queue or topic.
    public var entityPath: String?
    /// Whether the peer calls itself an emulator: plain TCP, and `host:port` in token audiences.
    public var isEmulator: Bool

    public init(
        host: String,
        port: Int? = nil,
        usesTLS: Bool,
        authentication: Authentication,
        entityPath: String? = nil,
        isEmulator: Bool = false
    ) {
        self.host = host
        namedPort = port
        self.usesTLS = usesTLS
        self.authentication = authentication
        self.entityPath = entityPath
        self.isEmulator = isEmulator
    }

    /// Reads either form. Throws every fault that it finds, not just the first.
    ///
    /// - Parameter hasIdentity: whether access tokens sign in, so that no key may be there, nor a
    ///   place where a token has no business.
    public init(parsing secret: Secret, hasIdentity: Bool = false) throws(ConnectionStringFaults) {
        let text = secret.revealed.trimmed
        guard !text.isEmpty else { throw ConnectionStringFaults([.empty]) }
        if text.hasPrefix("amqp://") || text.hasPrefix("amqps://") {
            guard !hasIdentity else { throw ConnectionStringFaults([.urlBesideIdentity]) }
            self = try Self.parseURL(text)
        } else {
            self = try Self.parseParts(text, hasIdentity: hasIdentity)
        }
    }
}

// MARK: Ports

extension ConnectionString {
    /// The one that was written, or else 5671 with TLS and 5672 without.
    public var port: Int { namedPort ?? (usesTLS ? 5671 : 5672) }
    /// The one that was written, or else 443 with TLS and 80 without.
    public var webSocketPort: Int { namedPort ?? (usesTLS ? 443 : 80) }
}

// MARK: Tokens

extension ConnectionString {
    /// What a token for the entity is made out to (reference 4.3, 4.16).
    public func audience(of entity: String) -> String {
        "sb://\(HostAndPort(host: host, port: isEmulator ? port : nil))/\(entity)"
    }
}

// MARK: Key=value form

extension ConnectionString {
    private enum Key: String, CaseIterable {
        case endpoint = "Endpoint"
        case hostName = "HostName"
        case keyName = "SharedAccessKeyName"
        case key = "SharedAccessKey"
        case signature = "SharedAccessSignature"
        case entityPath = "EntityPath"
        case emulator = "UseDevelopmentEmulator"
    }

    private static func parseParts(
        _ text: Substring, hasIdentity: Bool
    ) throws(ConnectionStringFaults) -> ConnectionString {
        var faults: [ConnectionStringError] = []
        let values = split(text, &faults)
        let emulator = emulatorFlag(values[.emulator], &faults)
        let authentication = hasIdentity ? noKey(values, &faults) : authentication(values, &faults)
        let address = address(values, &faults)
        if hasIdentity, emulator, let address, !address.isLoopback { faults.append(.plainTextBesideIdentity) }
        guard faults.isEmpty, let address, let authentication else { throw ConnectionStringFaults(faults) }
        return ConnectionString(
            host: address.host, port: address.port, usesTLS: !emulator, authentication: authentication,
            entityPath: values[.entityPath].map { String($0.trimmedSlashes) }, isEmulator: emulator)
    }

    private static func split(_ text: Substring, _ faults: inout [ConnectionStringError]) -> [Key: String] {
        var values: [Key: String] = [:]
        var parts = text.split(separator: ";", omittingEmptySubsequences: false)
        if parts.count > 1, let last = parts.last, last.trimmed.isEmpty { parts.removeLast() }
        for (index, part) in parts.enumerated() {
            // Keys end in `=`: only the first one separates.
            guard let equals = part.firstIndex(of: "=") else {
                faults.append(.partWithoutEquals(part: index + 1))
                continue
            }
            let name = part[..<equals].trimmed
            let value = part[part.index(after: equals)...].trimmed
            guard !name.isEmpty else {
                faults.append(.emptyKey(part: index + 1))
                continue
            }
            guard let key = Key.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
                let nearest = Spelling.nearest(to: String(name), among: Key.allCases.map(\.rawValue))
                faults.append(.unknownKey(part: index + 1, nearest: nearest))
                continue
            }
            if value.isEmpty {
                faults.append(.emptyValue(key: key.rawValue))
            }
            if values.updateValue(String(value), forKey: key) != nil {
                faults.append(.duplicateKey(key: key.rawValue))
            }
        }
        return values
    }

    private static func emulatorFlag(_ value: String?, _ faults: inout [ConnectionStringError]) -> Bool {
        switch value {
        case "true": return true
        case nil, "false", "": return false
        default:
            faults.append(.badEmulatorFlag)
            return false
        }
    }

    private static func authentication(
        _ values: [Key: String], _ faults: inout [ConnectionStringError]
    ) -> Authentication? {
        switch (values[.keyName], values[.key], values[.signature]) {
        case (let name?, let key?, nil): return .sharedAccessKey(name: name, key: Secret(key))
        case (nil, nil, let token?): return .sharedAccessSignature(Secret(token))
        case (nil, nil, nil): faults.append(.noCredentials)
        case (_, _, _?): faults.append(.keyAndSignature)
        case (_?, nil, nil): faults.append(.keyNameWithoutKey)
        case (nil, _?, nil): faults.append(.keyWithoutKeyName)
        }
        return nil
    }

    private static func noKey(_ values: [Key: String], _ faults: inout [ConnectionStringError]) -> Authentication? {
        if [.keyName, .key, .signature].contains(where: { values[$0] != nil }) { faults.append(.keyBesideIdentity) }
        return .anonymous
    }

    private static func address(_ values: [Key: String], _ faults: inout [ConnectionStringError]) -> HostAndPort? {
        let text: Substring
        switch (values[.endpoint], values[.hostName]) {
        case (nil, nil):
            faults.append(.missingEndpoint)
            return nil
        case (_?, _?):
            faults.append(.duplicateKey(key: Key.endpoint.rawValue))
            return nil
        case (let endpoint?, nil):
            guard !endpoint.isEmpty else { return nil }
            guard endpoint.prefix(5).lowercased() == "sb://" else {
                faults.append(.badScheme)
                return nil
            }
            text = endpoint.dropFirst(5)
        case (nil, let hostName?):
            guard !hostName.isEmpty else { return nil }
            text = Substring(hostName)
        }
        return hostAndPort(text, &faults)
    }

    private static func hostAndPort(_ text: Substring, _ faults: inout [ConnectionStringError]) -> HostAndPort? {
        do {
            return try HostAndPort(parsing: text.hasSuffix("/") ? text.dropLast() : text)
        } catch {
            switch error {
            case .badHost: faults.append(.badHost)
            case .badPort: faults.append(.badPort)
            }
            return nil
        }
    }
}

// MARK: URL form

extension ConnectionString {
    private static func parseURL(_ text: Substring) throws(ConnectionStringFaults) -> ConnectionString {
        var faults: [ConnectionStringError] = []
        let usesTLS = text.hasPrefix("amqps:")
        let rest = text.dropFirst(usesTLS ? 8 : 7)
        var authentication = Authentication.anonymous
        var location = rest
        if let at = rest.lastIndex(of: "@") {
            location = rest[rest.index(after: at)...]
            let login = rest[..<at]
            let colon = login.firstIndex(of: ":") ?? login.endIndex
            let user = PercentEncoding.decode(login[..<colon])
            let password = colon == login.endIndex ? "" : PercentEncoding.decode(login[login.index(after: colon)...])
            if let user, let password, !user.isEmpty, !password.isEmpty {
                authentication = .plain(user: user, password: Secret(password))
            } else {
                faults.append(.badLogin)
            }
        }
        let slash = location.firstIndex(of: "/") ?? location.endIndex
        if location[slash...].count > 1 { faults.append(.pathInURL) }
        let address = hostAndPort(location[..<slash], &faults)
        guard faults.isEmpty, let address else { throw ConnectionStringFaults(faults) }
        return ConnectionString(
            host: address.host, port: address.port, usesTLS: usesTLS, authentication: authentication)
    }
}

// MARK: Never shows a key

extension ConnectionString: CustomStringConvertible {
    /// Host, port and entity; credentials masked.
    public var description: String {
        let address = HostAndPort(host: host, port: port)
        let login =
            switch authentication {
            case .sharedAccessKey(let name, _): "\(name):\(Secret.mask)@"
            case .sharedAccessSignature: "\(Secret.mask)@"
            case .plain(let user, _): "\(user):\(Secret.mask)@"
            case .anonymous: ""
            }
        return "\(usesTLS ? "amqps" : "amqp")://\(login)\(address)" + (entityPath.map { "/\($0)" } ?? "")
    }
}
