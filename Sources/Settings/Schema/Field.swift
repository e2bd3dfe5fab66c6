import Yams

/// One declaration of a configuration field: from it come its parser, its check and its
/// documentation. The default is the one that the owner is created with.
struct Field<Owner: Sendable>: Sendable {
    let name: String
    let isRequired: Bool
    let kindName: String
    let summary: String
    let showDefault: @Sendable (Owner) -> String?
    let nested: SectionDocumentation?
    let read: @Sendable (Node, inout Owner, inout Reading) -> Void

    /// A field that must be there.
    static func required<Value>(
        _ name: String, _ target: WritableKeyPath<Owner, Value> & Sendable, _ kind: Kind<Value>, _ summary: String
    ) -> Field {
        Field(
            name: name, isRequired: true, kindName: kind.name, summary: summary, showDefault: { _ in nil },
            nested: kind.nested
        ) { node, owner, reading in
            if let value = kind.read(node, &reading) { owner[keyPath: target] = value }
        }
    }

    /// A field that must be there in some cases, which the section's check knows.
    ///
    /// - Parameter presence: says so in the documentation.
    static func expected<Value>(
        _ name: String, _ target: WritableKeyPath<Owner, Value> & Sendable, _ kind: Kind<Value>, presence: String,
        _ summary: String
    ) -> Field {
        Field(
            name: name, isRequired: false, kindName: kind.name, summary: summary, showDefault: { _ in presence },
            nested: kind.nested
        ) { node, owner, reading in
            if let value = kind.read(node, &reading) { owner[keyPath: target] = value }
        }
    }

    /// A field whose default is what the owner is created with.
    static func defaulted<Value>(
        _ name: String, _ target: WritableKeyPath<Owner, Value> & Sendable, _ kind: Kind<Value>, _ summary: String
    ) -> Field {
        Field(
            name: name, isRequired: false, kindName: kind.name, summary: summary,
            showDefault: { kind.show($0[keyPath: target]) }, nested: kind.nested
        ) { node, owner, reading in
            if let value = kind.read(node, &reading) { owner[keyPath: target] = value }
        }
    }

    /// A field that may be left out; `otherwise` says in the documentation what holds then.
    static func optional<Value>(
        _ name: String, _ target: WritableKeyPath<Owner, Value?> & Sendable, _ kind: Kind<Value>, otherwise: String,
        _ summary: String
    ) -> Field {
        Field(
            name: name, isRequired: false, kindName: kind.name, summary: summary, showDefault: { _ in otherwise },
            nested: kind.nested
        ) { node, owner, reading in
            if let value = kind.read(node, &reading) { owner[keyPath: target] = value }
        }
    }
}
