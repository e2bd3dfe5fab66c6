import Notifications

/// Runs a program on one event. Lives on the stack; owns no memory unless text is built, a `[*]`
/// path is read, or a string of the body has escapes.
struct Evaluator {
    let program: Program
    private let instructions: UnsafePointer<Instruction>
    private let memoCells: UnsafePointer<Int32>
    let lists: UnsafePointer<Int32>
    let literals: UnsafeBufferPointer<UInt8>
    let patterns: UnsafePointer<LikePattern>
    let runs: UnsafeBufferPointer<LikePattern.Run>
    let body: UnsafeBufferPointer<UInt8>
    private let memo: UnsafeMutablePointer<Value>
    private let slots: UnsafeMutablePointer<Value>

    var errors: ErrorSet = []
    /// An error already decides that the filter does not match: stop at the next `AND` or `OR`.
    var failsFast = false
    /// Keep which instruction noted which error. Nothing is taken from the memo then, which has no
    /// place for the records.
    var isCollecting = false
    private(set) var records: [ErrorRecord] = []
    /// Text that this evaluation built.
    var scratch: [UInt8] = []
    private var captures: [BodyScanner.Capture] = []
    private var isScanned = false
    private(set) var bodyFault: BodyFault?

    struct ErrorRecord: Hashable {
        var kind: ErrorSet
        var node: Int32
    }

    /// The buffers belong to `program` and the event; `values` has room for the memo and the slots.
    init(
        program: Program, instructions: UnsafeBufferPointer<Instruction>, memoCells: UnsafeBufferPointer<Int32>,
        lists: UnsafeBufferPointer<Int32>, literals: UnsafeBufferPointer<UInt8>,
        patterns: UnsafeBufferPointer<LikePattern>, runs: UnsafeBufferPointer<LikePattern.Run>,
        body: UnsafeBufferPointer<UInt8>, values: UnsafeMutableBufferPointer<Value>
    ) {
        self.program = program
        self.instructions = Self.start(instructions)
        self.memoCells = Self.start(memoCells)
        self.lists = Self.start(lists)
        self.literals = literals
        self.patterns = Self.start(patterns)
        self.runs = runs
        self.body = body
        memo = Self.start(values)
        slots = memo + program.memoCount
    }

    /// Empty arrays may have no address; nothing is read through this one then.
    @inline(__always)
    private static func start<T>(_ buffer: UnsafeBufferPointer<T>) -> UnsafePointer<T> {
        buffer.baseAddress ?? UnsafePointer(bitPattern: MemoryLayout<T>.alignment).unsafelyUnwrapped
    }

    @inline(__always)
    private static func start<T>(_ buffer: UnsafeMutableBufferPointer<T>) -> UnsafeMutablePointer<T> {
        buffer.baseAddress ?? UnsafeMutablePointer(bitPattern: MemoryLayout<T>.alignment).unsafelyUnwrapped
    }

    // MARK: Entry

    /// True when the filter's value is true and nothing went wrong (CESQL 1.2).
    @inline(__always)
    mutating func matches(_ root: Int32, _ notification: Notification) -> Bool {
        errors = []
        let value = self.value(root, notification)
        guard errors.isEmpty else { return false }
        switch value.kind {
        case .boolean: return value.isTrue
        case .many: return any(value) { $0.kind == .boolean && $0.isTrue }
        default: return false
        }
    }

    mutating func note(_ kind: ErrorSet, _ node: Int32) {
        errors.formUnion(kind)
        if isCollecting { records.append(ErrorRecord(kind: kind, node: node)) }
    }

    @inline(__always)
    func type(_ node: Int32) -> Instruction.ResultType { instructions[Int(node)].type }

    // MARK: Instructions

    mutating func value(_ node: Int32, _ notification: Notification) -> Value {
        let cell = Int(memoCells[Int(node)])
        if cell < 0 || isCollecting { return compute(node, notification) }
        let kept = memo[cell]
        if kept.kind != .unknown {
            errors.formUnion(kept.errors)
            return kept
        }
        let before = errors
        errors = []
        var value = compute(node, notification)
        value.errors = errors
        memo[cell] = value
        errors.formUnion(before)
        return value
    }

    private mutating func compute(_ node: Int32, _ notification: Notification) -> Value {
        let instruction = instructions[Int(node)]
        switch instruction.operation {
        case .null: return .null
        case .boolean: return Value(kind: .boolean, payload: instruction.bits)
        case .integer: return Value(kind: .integer, payload: instruction.bits)
        case .long: return Value(kind: .long, payload: instruction.bits)
        case .number: return Value(kind: .double, payload: instruction.bits)
        case .text: return .text(.literalText, offset: Int(instruction.a), count: Int(instruction.b))
        case .attribute:
            let value = attribute(instruction.a, notification)
            if value.kind == .missing { note(.missingAttribute, node) }
            return value
        case .extension_:
            let value = extensionAttribute(instruction, notification)
            if value.kind == .missing { note(.missingAttribute, node) }
            return value
        case .path:
            if !isScanned { scanBody() }
            return slots[Int(instruction.a)]
        case .existsAttribute: return .boolean(attribute(instruction.a, notification).kind != .missing)
        case .existsExtension: return .boolean(extensionAttribute(instruction, notification).kind != .missing)
        case .existsPath:
            if !isScanned { scanBody() }
            let value = slots[Int(instruction.a)]
            return .boolean(value.kind == .many ? value.payload != .max : value.kind != .absent)
        case .not: return not(node, instruction, notification)
        case .negate: return negate(node, instruction, notification)
        case .logic: return logic(node, instruction, notification)
        case .compare: return compare(node, instruction, notification)
        case .compareBody: return compareBody(instruction, notification)
        case .arithmetic: return arithmetic(node, instruction, notification)
        case .arithmeticBody: return arithmeticBody(node, instruction, notification)
        case .like: return like(node, instruction, notification)
        case .isIn: return isIn(node, instruction, notification)
        case .isInBody: return isInBody(instruction, notification)
        case .call: return call(node, instruction, notification)
        case .unknownFunction:
            note(.missingFunction, node)
            return .boolean(false)
        }
    }

    // MARK: Logic

    /// Truth of an operand; nil where an attribute is missing.
    @inline(__always)
    mutating func truth(_ node: Int32, _ notification: Notification) -> Bool? {
        let value = self.value(node, notification)
        if value.kind == .boolean { return value.isTrue }
        return cast(truthOf: value, node, notification)
    }

    private mutating func cast(truthOf value: Value, _ node: Int32, _ notification: Notification) -> Bool? {
        switch value.kind {
        case .missing: return nil
        case .many: return any(value) { $0.kind == .boolean && $0.isTrue }
        case .integer: return value.whole != 0
        case _ where value.isText && !type(node).followsBodyRules:
            if let known = withBytes(value, notification, parseBoolean) { return known }
            note(.cast, node)
            return false
        default: return false
        }
    }

    /// The conformance set wants `NOT 10` to be a failed cast, though BOOL(10) is true.
    private mutating func not(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let value = self.value(instruction.a, notification)
        if value.kind == .boolean { return .boolean(!value.isTrue) }
        if value.kind == .integer {
            note(.cast, node)
            return .boolean(true)
        }
        guard let truth = cast(truthOf: value, instruction.a, notification) else { return .boolean(false) }
        return .boolean(!truth)
    }

    private mutating func logic(_ node: Int32, _ instruction: Instruction, _ notification: Notification) -> Value {
        let first = lists + Int(instruction.a)
        var result = truth(first[0], notification)
        var index = 1
        while index < Int(instruction.b) {
            if failsFast, !errors.isEmpty { return .boolean(false) }
            let logicOperator = first[index]
            let operand = first[index + 1]
            index += 2
            guard let left = result else {
                // The sub-expression names a missing attribute: false (CESQL 3.2).
                result = false
                continue
            }
            if logicOperator == LogicOperator.and.rawValue {
                if left { result = truth(operand, notification) ?? false }
            } else if logicOperator == LogicOperator.or.rawValue {
                if !left { result = truth(operand, notification) ?? false }
            } else {
                result = truth(operand, notification).map { $0 != left } ?? false
            }
        }
        return .boolean(result ?? false)
    }

    // MARK: Several values

    /// True when some value of a `[*]` path, or the one value, satisfies the predicate.
    @inline(__always)
    func any(_ value: Value, _ predicate: (Value) -> Bool) -> Bool {
        guard value.kind == .many else { return predicate(value) }
        var next = UInt32(truncatingIfNeeded: value.payload >> 32)
        while next != BodyScanner.noCapture {
            if predicate(captures[Int(next)].value) { return true }
            next = captures[Int(next)].next
        }
        return false
    }

    // MARK: The body

    /// Fills the slots of all paths of the program. At most once an event.
    private mutating func scanBody() {
        isScanned = true
        let table = program.paths
        clearSlots(table)
        guard let start = body.baseAddress, !body.isEmpty else { return }
        table.nodes.withUnsafeBufferPointer { nodes in
            table.edges.withUnsafeBufferPointer { edges in
                table.names.withUnsafeBufferPointer { names in
                    table.slotsBelow.withUnsafeBufferPointer { slotsBelow in
                        withUnsafeTemporaryAllocation(of: Int32.self, capacity: nodes.count + 2) { active in
                            var scanner = BodyScanner(
                                bytes: start, count: body.count, nodes: Self.start(nodes), edges: Self.start(edges),
                                names: Self.start(names), slotsBelow: Self.start(slotsBelow), slots: slots,
                                active: Self.start(active), patchNode: table.patchNode, scratch: scratch)
                            scanner.run()
                            scratch = scanner.scratch
                            captures = scanner.captures
                            bodyFault = scanner.fault
                        }
                    }
                }
            }
        }
        if bodyFault != nil { clearSlots(table) }
    }

    private func clearSlots(_ table: PathTable) {
        for slot in 0..<table.slotCount {
            slots[slot] = table.isMany[slot] ? Value(kind: .many, payload: .max) : .absent
        }
    }
}
