import Notifications

/// One fault of a connection string. No case carries a value: a key that stands in the wrong
/// place must not show up in a log.
public enum ConnectionStringError: Error, Sendable, Hashable {
    case empty
    /// Parts are counted from 1.
    case partWithoutEquals(part: Int)
    case emptyKey(part: Int)
    case unknownKey(part: Int, nearest: String?)
    case emptyValue(key: String)
    case duplicateKey(key: String)
    case missingEndpoint
    case badScheme
    case badHost
    case badPort
    case noCredentials
    case keyNameWithoutKey
    case keyWithoutKeyName
    case keyAndSignature
    case badEmulatorFlag
    /// The login in an AMQP URL.
    case badLogin
    case pathInURL
    case keyBesideIdentity
    case urlBesideIdentity
    case plainTextBesideIdentity
}

extension ConnectionStringError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "the connection string is empty"
        case .partWithoutEquals(let part): "part \(part) of the connection string has no '='"
        case .emptyKey(let part): "part \(part) of the connection string has no key before '='"
        case .unknownKey(let part, _): "part \(part) of the connection string has an unknown key"
        case .emptyValue(let key): "\(key) has no value"
        case .duplicateKey(let key): "\(key) is given twice"
        case .missingEndpoint: "the connection string has no Endpoint"
        case .badScheme: "Endpoint does not begin with 'sb://'"
        case .badHost: "Endpoint names no valid host"
        case .badPort: "Endpoint has no port from 1 to 65535 after ':'"
        case .noCredentials: "the connection string has no credentials"
        case .keyNameWithoutKey: "SharedAccessKeyName stands without SharedAccessKey"
        case .keyWithoutKeyName: "SharedAccessKey stands without SharedAccessKeyName"
        case .keyAndSignature: "SharedAccessSignature stands beside SharedAccessKeyName or SharedAccessKey"
        case .badEmulatorFlag: "UseDevelopmentEmulator is neither 'true' nor 'false'"
        case .badLogin: "the AMQP URL has no valid 'user:password' before '@'"
        case .pathInURL: "the AMQP URL has a path"
        case .keyBesideIdentity: "the connection string has a key beside identity"
        case .urlBesideIdentity: "an AMQP URL is of another peer than Azure, and identity of Azure"
        case .plainTextBesideIdentity: "the identity's token would go over the network in plain text"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .empty, .missingEndpoint: "write Endpoint=sb://<host>/;SharedAccessKeyName=…;SharedAccessKey=…"
        case .partWithoutEquals: "separate parts with ';' and write each as Key=value"
        case .emptyKey: "write each part as Key=value"
        case .unknownKey(_, let nearest?): "did you mean '\(nearest)'?"
        case .unknownKey(_, nil): "see docs/configuration.md for the known keys"
        case .emptyValue: "give it a value or leave it out"
        case .duplicateKey: "keep one"
        case .badScheme, .badHost, .badPort: "write Endpoint=sb://<host>/ or Endpoint=sb://<host>:<port>/"
        case .noCredentials: "add SharedAccessKeyName and SharedAccessKey, or SharedAccessSignature; or identity to the endpoint"
        case .keyNameWithoutKey: "add SharedAccessKey"
        case .keyWithoutKeyName: "add SharedAccessKeyName"
        case .keyAndSignature: "keep the key with its name, or the signature"
        case .badEmulatorFlag: "write it in lower case"
        case .badLogin: "percent-encode '@', ':', '/' and '%' in user and password"
        case .pathInURL: "name the queue or topic in the endpoint's path"
        case .keyBesideIdentity: "remove SharedAccessKeyName, SharedAccessKey and SharedAccessSignature, or identity"
        case .urlBesideIdentity: "write Endpoint=sb://NAMESPACE.servicebus.windows.net, or remove identity"
        case .plainTextBesideIdentity: "remove UseDevelopmentEmulator, which is for a namespace on this machine"
        }
    }
}

/// All faults of one connection string.
public struct ConnectionStringFaults: Error, Sendable, Hashable, CustomStringConvertible {
    public let faults: [ConnectionStringError]

    init(_ faults: [ConnectionStringError]) {
        self.faults = faults
    }

    public var description: String {
        faults.map { "\($0) (\($0.remedy))" }.joined(separator: "; ")
    }
}
