extension ConnectionFailure: CustomStringConvertible {
    /// What happened and what to do about it; holds no secret.
    public var description: String {
        switch self {
        case .invalidConfiguration(let field, let value, let remedy):
            "\(field): '\(value)' will not do: \(remedy)"
        case .hostNotFound(let host, let detail):
            "host '\(host)' not found (\(detail)): check its spelling and the name server"
        case .portClosed(let host, let port):
            "nothing listens on \(host):\(port): check that the broker runs and that the port is right (MQTT is 1883, with TLS 8883)"
        case .unreachable(let host, let port, let detail):
            "\(host):\(port) cannot be reached (\(detail)): check the network and firewalls"
        case .connectTimeout(let host, let port, let after):
            "\(host):\(port) did not complete an MQTT connect within \(after): check that the port is the broker's, that both sides agree on TLS, or raise connectTimeout"
        case .fileUnreadable(let field, let path, let detail):
            "\(field): cannot use '\(path)' (\(detail)): check the path, its permissions and that it is PEM"
        case .certificateKeyMismatch(let certificate, let key):
            "tls.key: '\(key)' is not the key of certificate '\(certificate)': give the key that the certificate was made with"
        case .serverNotTrusted(let host, let detail):
            "the certificate of '\(host)' is not trusted (\(detail)): set tls.ca to the authority that signed it"
        case .serverNameMismatch(let host):
            "the server's certificate is not for '\(host)': connect by a name or address that is in it"
        case .tls(let host, let detail):
            "TLS with '\(host)' failed (\(detail)): check that the port speaks TLS and whether the broker asks for a client certificate"
        case .loginRefused(let username, let reason):
            "the broker refused the login of \(username.map { "'\($0)'" } ?? "an anonymous client") (\(reason)): check username, password and the broker's access rules"
        case .connectRefused(let code, let reason):
            "the broker refused the connection with code \(code) (\(reason))\(code == 1 || code == 132 ? ": set protocolVersion to one that the broker speaks" : "")"
        case .subscriptionRefused(let filter, let code, let reason):
            "the broker refused the subscription to '\(filter)' with code \(code) (\(reason)): check the broker's access rules for this user"
        case .disconnectedByBroker(let code, let reason):
            "the broker ended the connection with code \(code) (\(reason))\(code == 142 ? ": another client uses the same client id" : "")"
        case .connectionLost(let detail):
            "the connection was lost (\(detail))"
        case .keepAliveExpired(let seconds):
            "the broker did not answer a ping within the keep-alive of \(seconds) s"
        case .malformedPacket(let detail):
            "the broker sent a packet that MQTT forbids (\(detail)): look for the client that published it, or for a fault of the broker"
        case .batchRefused(let messages):
            "a batch of \(messages) messages was refused: the broker keeps them and sends them again"
        case .batchUndecided(let messages, let after):
            "a batch of \(messages) messages stayed undecided for \(after): the broker keeps them and sends them again"
        case .writeStalled(let after):
            "the broker took nothing for \(after)"
        case .packetTooLarge(let detail):
            "a packet is too large (\(detail)): send smaller messages or raise the broker's limit"
        case .invalidMessage(let field, let value, let remedy):
            "\(field): '\(value)' cannot be published: \(remedy)"
        case .closed:
            "the connection is closed"
        case .outOfMemory:
            "the MQTT library found no memory"
        case .system(let operation, let code):
            "\(operation) failed: \(SystemError.text(code))"
        case .library(let code, let detail):
            "the MQTT library answered \(code) (\(detail))"
        }
    }
}
