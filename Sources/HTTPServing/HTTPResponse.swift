/// An answer, written whole. `content-length` and `connection` are added by the server.
public struct HTTPResponse: Sendable {
    /// A status code such as 202.
    public var status: Int
    public var fields: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
