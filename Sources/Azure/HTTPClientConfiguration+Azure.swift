import AMQP
import AsyncHTTPClient
import NIOCore
import NIOSSL

extension HTTPClient.Configuration {
    /// For requests to Azure: TLS 1.2 at least, no redirects, and nothing is sent again by the client,
    /// for who sends knows what it carries.
    ///
    /// - Parameters:
    ///   - authorities: a PEM file of those that are trusted beside the system's.
    ///   - proxy: makes a tunnel (`CONNECT`).
    init(trusting authorities: String?, through proxy: ProxySettings?, connectLimit: TimeAmount = .seconds(10)) {
        self.init()
        redirectConfiguration = .disallow
        timeout.connect = connectLimit
        connectionPool.retryConnectionEstablishment = false
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorities { tls.additionalTrustRoots = [.file(authorities)] }
        tlsConfiguration = tls
        self.proxy = proxy.map { proxy in
            .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.login.map { .basic(username: $0.user, password: $0.password) })
        }
    }
}
