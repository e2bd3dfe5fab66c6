/// One request, read whole.
public struct HTTPRequest: Sendable {
    /// In capitals, as it came.
    public var method: String
    /// The target's path, before any `?`; not percent-decoded.
    public var path: Substring
    /// What follows the `?`; empty without one. Not percent-decoded.
    public var query: Substring
    /// In the order they came; names in the case they came in.
    public var fields: [(name: String, value: String)]
    public var body: [UInt8]

    public init(method: String, target: String, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        path = target.prefix { $0 != "?" }
        query = target[path.endIndex...].dropFirst()
        self.fields = fields
        self.body = body
    }

    /// The value of the first field of that name, in whatever case.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name.lowercased() == name }?.value
    }
}
