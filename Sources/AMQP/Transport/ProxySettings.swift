/// An HTTP proxy that makes tunnels (`CONNECT`, RFC 9110, section 9.3.6).
public struct ProxySettings: Sendable, Hashable {
    public var host: String
    public var port: Int
    /// Sent with the first request, as `Basic` (RFC 7617).
    public var login: Login?

    public struct Login: Sendable, Hashable {
        public var user: String
        public var password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    public init(host: String, port: Int, login: Login? = nil) {
        self.host = host
        self.port = port
        self.login = login
    }
}

extension ProxySettings.Login: CustomStringConvertible, CustomReflectable {
    public var description: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
