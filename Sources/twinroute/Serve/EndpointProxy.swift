import AMQP
import Azure
import Foundation
import Routing

/// Which proxy leads to a host.
enum EndpointProxy {
    /// What is written for the endpoint counts, then what the environment says; that holds for TLS only,
    /// for plain text is for this machine, and must not leave it.
    ///
    /// - Throws: `ProxyURL.Fault`.
    static func settings(
        of endpoint: EndpointDefinition, to host: String, overTLS: Bool,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ProxyURL.Fault) -> ProxySettings? {
        if let proxy = endpoint.proxy { return try ProxyURL(parsing: proxy).settings }
        guard overTLS else { return nil }
        return try ProxyURL.inEnvironment(environment, for: host)?.settings
    }
}
