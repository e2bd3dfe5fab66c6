/// The attributes of a notification's header that have a field of their own.
enum ContextAttribute: UInt8, Sendable, Hashable, CaseIterable {
    case id, source, specversion, type, subject, time, datacontenttype, dataschema
    case sequence, sequencetype, traceparent

    var name: String { String(describing: self) }

    init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// A valid CloudEvent always has these (CESQL 3.4.4).
    var isRequired: Bool {
        switch self {
        case .id, .source, .specversion, .type: true
        default: false
        }
    }
}

/// What an attribute name in a filter means.
enum AttributeReference: Sendable, Hashable {
    case context(ContextAttribute)
    /// Lower-case name of an extension.
    case other(String)

    init(name: String) {
        let lowered = name.lowercased()
        self = ContextAttribute(name: lowered).map(Self.context) ?? .other(lowered)
    }

    var name: String {
        switch self {
        case .context(let attribute): attribute.name
        case .other(let name): name
        }
    }
}
