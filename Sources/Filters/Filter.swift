import Notifications

/// A predicate over a notification, compiled once and run on every event.
///
/// The language is CloudEvents SQL 1.0.0 with the filters of Azure Digital Twins and paths into the
/// body on top of it; `docs/filters.md` has the whole of it. An event matches when the value is true
/// and no error was met on the way (CESQL 1.2).
public struct Filter: Sendable {
    let program: Program
    let root: Int32
    /// What diagnostics need; apart, so that handing a filter on copies two references.
    private let source: Source

    private final class Source: Sendable {
        let text: String
        let bytes: [UInt8]
        let syntax: Expression
        let nodes: [Int32]

        init(text: String, bytes: [UInt8], syntax: Expression, nodes: [Int32]) {
            self.text = text
            self.bytes = bytes
            self.syntax = syntax
            self.nodes = nodes
        }
    }

    /// As it was written.
    public var text: String { source.text }
    var bytes: [UInt8] { source.bytes }
    var syntax: Expression { source.syntax }
    /// By the id of an expression: its instruction.
    var nodes: [Int32] { source.nodes }

    /// - Throws: ``FilterError`` with the place and, where there is one, the remedy.
    public init(parsing text: String) throws(FilterError) {
        try self.init(bytes: Array(text.utf8))
    }

    /// For text that comes as bytes and may not be UTF-8.
    public init(parsingUTF8 bytes: some Sequence<UInt8>) throws(FilterError) {
        let bytes = Array(bytes)
        if bytes.count <= FilterLimits.textBytes,
            let fault = bytes.withUnsafeBufferPointer({ firstFaultOfUTF8($0) }) {
            throw FilterError(.invalidUTF8, at: fault..<fault + 1, in: bytes)
        }
        try self.init(bytes: bytes)
    }

    private init(bytes: [UInt8]) throws(FilterError) {
        let syntax = try Parser.parse(bytes)
        var compiler = Compiler()
        let compiled = try compiler.add(syntax, text: bytes)
        self.program = compiler.builder.build(roots: [compiled.root])
        self.root = compiled.root
        self.source = Source(
            text: String(decoding: bytes, as: UTF8.self), bytes: bytes, syntax: syntax, nodes: compiled.nodes)
    }

    /// The value is true and nothing went wrong. Stops at the first error.
    public func matches(_ notification: Notification) -> Bool {
        let root = root
        return program.withEvaluator(notification) { evaluator in
            evaluator.failsFast = true
            return evaluator.matches(root, notification)
        }
    }

    /// The value and all errors, as CESQL defines them.
    public func evaluate(_ notification: Notification) -> Evaluation {
        program.withEvaluator(notification) { evaluator in
            evaluator.isCollecting = true
            let value = evaluator.value(root, notification)
            var seen: Set<Evaluator.ErrorRecord> = []
            return Evaluation(
                value: evaluator.result(value, notification),
                errors: evaluator.records.filter { seen.insert($0).inserted }.map { error($0, in: syntax) },
                bodyFault: evaluator.bodyFault)
        }
    }

    func error(_ record: Evaluator.ErrorRecord, in expression: Expression) -> EvaluationError {
        let range = range(of: record.node, in: expression) ?? expression.range
        return EvaluationError(
            kind: EvaluationError.Kind(record.kind), range: range, text: excerpt(range, of: bytes, limit: 200))
    }

    /// The first expression that was compiled to an instruction.
    private func range(of node: Int32, in expression: Expression) -> Range<Int>? {
        for child in expression.children {
            if let found = range(of: node, in: child) { return found }
        }
        return nodes[expression.id] == node ? expression.range : nil
    }
}

extension Filter: CustomStringConvertible {
    public var description: String { text }
}

/// Filters are equal when their texts are.
extension Filter: Hashable {
    public static func == (left: Filter, right: Filter) -> Bool {
        left.text == right.text
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}
