import NIOCore

extension ConnectionConfiguration {
    func check() throws(AMQPError) {
        guard !host.isEmpty else {
            throw .invalidConfiguration(field: "host", value: "", remedy: "name a host")
        }
        guard (1...65535).contains(port) else {
            throw .invalidConfiguration(field: "port", value: "\(port)", remedy: "1 to 65535")
        }
        guard maxFrameSize >= 512 else {
            throw .invalidConfiguration(field: "maxFrameSize", value: "\(maxFrameSize)", remedy: "at least 512 bytes")
        }
        guard connectTimeout > .zero else {
            throw .invalidConfiguration(field: "connectTimeout", value: "\(connectTimeout)", remedy: "above zero")
        }
        if case .plain(let user, let password) = authentication, user.utf8.contains(0) || password.utf8.contains(0) {
            throw .invalidConfiguration(field: "authentication", value: "***", remedy: "no zero bytes in PLAIN (RFC 4616)")
        }
        if case .external = authentication, tls?.certificate == nil {
            throw .invalidConfiguration(field: "authentication", value: "external", remedy: "give a TLS client certificate")
        }
    }

    var engineSettings: EngineSettings {
        EngineSettings(
            sasl: .client(authentication), containerID: containerID, hostname: hostname ?? host,
            maxFrameSize: maxFrameSize, idleTimeout: idleTimeout, openTimeout: connectTimeout,
            properties: properties, usesTLS: tls != nil,
            peerName: tls?.verification == .full ? tls?.name(forHost: host) : nil)
    }
}
