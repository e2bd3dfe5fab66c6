/// How one event stands in one protocol: named fields in named parts, and a body.
struct ProtocolImage {
    struct Field {
        var name: String
        var value: String
    }

    struct Part {
        /// As the protocol calls it: `application-properties`, `user properties`, `header`.
        var name: String
        var fields: [Field]
    }

    /// A key for `--json`.
    var key: String
    var title: String
    var parts: [Part]
    /// As the protocol calls it: `data`, `payload`, `body`.
    var bodyName: String
    var body: [UInt8]
    /// Where the body is itself the whole event: its members, those of inner objects with a path.
    var members: [Field] = []
    /// The title of the image whose body this one has.
    var repeats: String?
    /// The names that an attribute may have here.
    var attributeNames: (String) -> [String]
    /// The names that a publisher's property may have here; it has the first of them that is there.
    var propertyNames: (String) -> [String]

    /// Where an attribute stands, as the protocol names it.
    func places(ofAttribute name: String, value: String) -> [String] {
        attributeNames(name).filter { place in fields.contains { $0.name == place && $0.value == value } }
    }

    func place(ofProperty name: String) -> String? {
        propertyNames(name).first { place in fields.contains { $0.name == place } }
    }

    private var fields: [Field] { parts.flatMap(\.fields) + members }
}
