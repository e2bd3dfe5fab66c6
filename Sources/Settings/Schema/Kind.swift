import Notifications
import Yams

/// What a field may hold: how it is called in the documentation, read, checked and shown.
struct Kind<Value: Sendable>: Sendable {
    /// As the documentation and faults name it: "a duration such as 500ms, 90s, 1h30m or 7d".
    let name: String
    /// The value, or `nil` once a fault is recorded.
    let read: @Sendable (Node, inout Reading) -> Value?
    /// A default, as the documentation shows it.
    let show: @Sendable (Value) -> String?
    /// The section or sections inside, for the documentation.
    let nested: SectionDocumentation?

    init(
        _ name: String,
        nested: SectionDocumentation? = nil,
        show: @escaping @Sendable (Value) -> String? = { _ in nil },
        read: @escaping @Sendable (Node, inout Reading) -> Value?
    ) {
        self.name = name
        self.nested = nested
        self.show = show
        self.read = read
    }

    /// A kind that is a single text: `parse` sees it expanded, and answers with a value or with
    /// what is wrong.
    static func scalar(
        _ name: String,
        show: @escaping @Sendable (Value) -> String? = { _ in nil },
        parse: @escaping @Sendable (ScalarText) -> Result<Value, Problem>
    ) -> Kind {
        Kind(name, show: show) { node, reading in
            guard let text = reading.text(of: node, expected: name) else { return nil }
            switch parse(text) {
            case .success(let value): return value
            case .failure(let problem):
                reading.fault(at: node, "\(reading.path): \(problem.message)", remedy: problem.remedy ?? "write \(name)")
                return nil
            }
        }
    }

    /// The same kind with a check that needs to see the place, such as one that a name is used once.
    func checked(_ check: @escaping @Sendable (Value, Node, inout Reading) -> Void) -> Kind {
        Kind(name, nested: nested, show: show) { node, reading in
            let value = read(node, &reading)
            if let value { check(value, node, &reading) }
            return value
        }
    }

    func map<Other: Sendable>(_ transform: @escaping @Sendable (Value) -> Other) -> Kind<Other> {
        Kind<Other>(name, nested: nested) { node, reading in
            read(node, &reading).map(transform)
        }
    }
}

/// What is wrong with a value.
struct Problem: Error {
    let message: String
    /// `nil`: to write what the kind's name says.
    let remedy: String?

    init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }
}
