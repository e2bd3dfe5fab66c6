/// The places on the way to the far side, as each is named there.
extension ConnectionConfiguration {
    /// What TCP connects to.
    var dialled: (host: String, port: Int) { proxy.map { ($0.host, $0.port) } ?? (host, port) }

    /// What a proxy is asked for.
    var tunnelTarget: String { "\(bracketedHost):\(port)" }

    /// The `Host` of the upgrade: without the port where that is the scheme's own.
    var webSocketHost: String { port == (tls == nil ? 80 : 443) ? bracketedHost : tunnelTarget }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }
}
