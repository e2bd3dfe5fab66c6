import Notifications

/// Collects instructions, each distinct one once.
struct ProgramBuilder {
    private(set) var instructions: [Instruction] = []
    private(set) var lists: [Int32] = []
    private(set) var literals: [UInt8] = []
    private var patterns: [LikePattern] = []
    private var runs: [LikePattern.Run] = []
    private(set) var paths: [BodyPath] = []

    private var known: [Instruction: Int32] = [:]
    private var knownLists: [[Int32]: Int32] = [:]
    private var knownTexts: [[UInt8]: Int32] = [:]
    private var knownPatterns: [[UInt8]: Int32] = [:]
    private var knownPaths: [BodyPath: Int32] = [:]
    private var noMemo: [Int32] = []

    subscript(_ node: Int32) -> Instruction { instructions[Int(node)] }

    mutating func add(_ instruction: Instruction) -> Int32 {
        if let found = known[instruction] { return found }
        let node = Int32(instructions.count)
        instructions.append(instruction)
        noMemo.append(-1)
        let folded = fold(node)
        known[instruction] = folded
        return folded
    }

    mutating func list(_ items: [Int32]) -> Int32 {
        if let found = knownLists[items] { return found }
        let start = Int32(lists.count)
        lists += items
        knownLists[items] = start
        return start
    }

    mutating func text(_ bytes: [UInt8]) -> (offset: Int32, count: Int32) {
        if let found = knownTexts[bytes] { return (found, Int32(bytes.count)) }
        let start = Int32(literals.count)
        literals += bytes
        knownTexts[bytes] = start
        return (start, Int32(bytes.count))
    }

    mutating func slot(_ path: BodyPath) -> Int32 {
        if let found = knownPaths[path] { return found }
        let slot = Int32(paths.count)
        paths.append(path)
        knownPaths[path] = slot
        return slot
    }

    mutating func pattern(_ pattern: [UInt8]) -> Int32 {
        if let found = knownPatterns[pattern] { return found }
        let cut = LikePattern.runs(of: pattern)
        let first = Int32(runs.count)
        for run in cut.runs {
            let place = text(run)
            let scalars = run.reduce(Int32(0)) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
            runs.append(.init(
                offset: place.offset, count: place.count, scalars: scalars,
                hasWildcard: run.contains(LikePattern.wildcard)))
        }
        let index = Int32(patterns.count)
        patterns.append(LikePattern(
            firstRun: first, runCount: Int32(cut.runs.count), isAnchoredAtStart: cut.isAnchoredAtStart,
            isAnchoredAtEnd: cut.isAnchoredAtEnd))
        knownPatterns[pattern] = index
        return index
    }

    // MARK: Constants

    mutating func constant(_ value: Bool) -> Int32 {
        add(Instruction(operation: .boolean, type: .boolean, bits: value ? 1 : 0))
    }

    mutating func constant(_ bytes: [UInt8]) -> Int32 {
        let place = text(bytes)
        return add(Instruction(operation: .text, type: .text, a: place.offset, b: place.count))
    }

    /// The truth of a constant Boolean.
    func truth(_ node: Int32) -> Bool? {
        let instruction = self[node]
        return instruction.operation == .boolean ? instruction.bits != 0 : nil
    }

    /// Replaces an instruction on constants by its result, unless it notes an error: an error must
    /// show on every event.
    private mutating func fold(_ node: Int32) -> Int32 {
        let instruction = self[node]
        guard isFoldable(instruction) else { return node }
        let result = snapshot().withEvaluator(.blank) { evaluator -> Instruction? in
            let value = evaluator.value(node, .blank)
            guard evaluator.errors.isEmpty else { return nil }
            switch value.kind {
            case .boolean: return Instruction(operation: .boolean, type: .boolean, bits: value.payload)
            case .integer: return Instruction(operation: .integer, type: .integer, bits: value.payload)
            case .long: return Instruction(operation: .long, type: .number, bits: value.payload)
            case .double: return Instruction(operation: .number, type: .number, bits: value.payload)
            default: return nil
            }
        }
        if let result { return add(result) }
        guard instruction.type == .text else { return node }
        let built = snapshot().withEvaluator(.blank) { evaluator -> [UInt8]? in
            let value = evaluator.value(node, .blank)
            guard evaluator.errors.isEmpty, value.isText else { return nil }
            return evaluator.withBytes(value, .blank) { Array($0) }
        }
        return built.map { constant($0) } ?? node
    }

    private func isFoldable(_ instruction: Instruction) -> Bool {
        func constants(_ start: Int32, _ count: Int32) -> Bool {
            lists[Int(start)..<Int(start + count)].allSatisfy { self[$0].isConstant }
        }
        switch instruction.operation {
        case .not, .negate, .like: return self[instruction.a].isConstant
        case .compare, .compareBody, .arithmetic, .arithmeticBody:
            return self[instruction.a].isConstant && self[instruction.b].isConstant
        case .isIn, .isInBody: return self[instruction.a].isConstant && constants(instruction.b, instruction.c)
        case .call: return constants(instruction.b, instruction.c)
        default: return false
        }
    }

    private func snapshot() -> Program {
        Program(
            instructions: instructions, memoCells: noMemo, memoCount: 0, lists: lists, literals: literals,
            patterns: patterns, runs: runs, paths: PathTable([]))
    }

    // MARK: The end

    func build(roots: [Int32]) -> Program {
        var uses = [Int32](repeating: 0, count: instructions.count)
        var waiting = roots
        for root in roots { uses[Int(root)] += 1 }
        var seen = [Bool](repeating: false, count: instructions.count)
        while let node = waiting.popLast() {
            if seen[Int(node)] { continue }
            seen[Int(node)] = true
            for operand in operands(of: node) {
                uses[Int(operand)] += 1
                waiting.append(operand)
            }
        }
        var cells = noMemo
        var count: Int32 = 0
        for node in instructions.indices where uses[node] > 1 && isWorthKeeping(instructions[node].operation) {
            cells[node] = count
            count += 1
        }
        return Program(
            instructions: instructions, memoCells: cells, memoCount: Int(count), lists: lists, literals: literals,
            patterns: patterns, runs: runs, paths: PathTable(paths))
    }

    /// Looking an attribute up again costs no more than the memo.
    private func isWorthKeeping(_ operation: Instruction.Operation) -> Bool {
        operation.rawValue >= Instruction.Operation.not.rawValue
    }

    func operands(of node: Int32) -> [Int32] {
        let instruction = self[node]
        func list(_ start: Int32, _ count: Int32) -> [Int32] { Array(lists[Int(start)..<Int(start + count)]) }
        switch instruction.operation {
        case .not, .negate, .like: return [instruction.a]
        case .compare, .compareBody, .arithmetic, .arithmeticBody: return [instruction.a, instruction.b]
        case .isIn, .isInBody: return [instruction.a] + list(instruction.b, instruction.c)
        case .call: return list(instruction.b, instruction.c)
        // First operand, then pairs of operator and operand.
        case .logic: return list(instruction.a, instruction.b).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        default: return []
        }
    }
}

extension Notification {
    /// For expressions that read nothing of an event.
    static let blank = Notification(id: "", source: "", type: "")
}
