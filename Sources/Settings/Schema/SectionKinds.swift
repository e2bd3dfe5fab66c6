import Yams

extension Section {
    /// A mapping with this section's fields.
    var kind: Kind<Value> {
        Kind("a mapping, see \(title)", nested: documentation, show: { _ in "see there" }) { node, reading in
            read(node, &reading)
        }
    }

    /// A mapping of names to this section; each value starts as `initial`, named.
    func named(_ what: String, _ assign: @escaping @Sendable (inout Value, String) -> Void) -> Kind<[Value]> {
        Kind("a mapping of names to mappings, see \(title)", nested: documentation) { node, reading in
            guard case .mapping(let mapping) = node else {
                reading.fault(at: node, "\(reading.path) is \(node.kindName)", remedy: "write a mapping of names to \(title)")
                return nil
            }
            var values: [Value] = []
            for (key, child) in mapping {
                guard let name = Kind.identifier(what).read(key, &reading) else { continue }
                var value = initial
                assign(&value, name)
                let read = reading.descend(name, into: child) { self.read(child, starting: value, &$0) }
                if let read { values.append(read) }
            }
            return values
        }
    }
}

extension Kind {
    /// A list of values of one kind.
    static func list<Element>(of kind: Kind<Element>) -> Kind where Value == [Element] {
        let name = kind.nested.map { "a list of mappings, see \($0.title)" } ?? "a list, each \(kind.name)"
        return Kind(name, nested: kind.nested) { node, reading in
            guard case .sequence(let sequence) = node else {
                reading.fault(at: node, "\(reading.path) is \(node.kindName)", remedy: "write \(name)")
                return nil
            }
            let before = reading.faults.count
            var values: [Element] = []
            for (index, child) in sequence.enumerated() {
                let value = reading.descend("[\(index)]", into: child) { kind.read(child, &$0) }
                if let value { values.append(value) }
            }
            return reading.faults.count == before ? values : nil
        }
    }

    /// A list with at least one value.
    static func nonEmptyList<Element>(of kind: Kind<Element>) -> Kind where Value == [Element] {
        list(of: kind).checked { values, node, reading in
            guard values.isEmpty else { return }
            reading.fault(at: node, "\(reading.path) is empty", remedy: "write at least one")
        }
    }
}
