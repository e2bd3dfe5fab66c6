import Notifications

/// Compiled filters: a graph of instructions, shared by all filters that were compiled together.
/// Never changes once built.
final class Program: Sendable {
    let instructions: [Instruction]
    /// By instruction: its cell of the memo, or -1. Only what is asked for more than once has one.
    let memoCells: [Int32]
    let memoCount: Int
    let lists: [Int32]
    let literals: [UInt8]
    let patterns: [LikePattern]
    let runs: [LikePattern.Run]
    let paths: PathTable

    init(
        instructions: [Instruction], memoCells: [Int32], memoCount: Int, lists: [Int32], literals: [UInt8],
        patterns: [LikePattern], runs: [LikePattern.Run], paths: PathTable
    ) {
        self.instructions = instructions
        self.memoCells = memoCells
        self.memoCount = memoCount
        self.lists = lists
        self.literals = literals
        self.patterns = patterns
        self.runs = runs
        self.paths = paths
    }

    /// Hands out an evaluator for one event. Its pointers are good for the length of `body`.
    func withEvaluator<R>(_ notification: borrowing Notification, _ body: (inout Evaluator) -> R) -> R {
        instructions.withUnsafeBufferPointer { instructions in
            memoCells.withUnsafeBufferPointer { memoCells in
                lists.withUnsafeBufferPointer { lists in
                    literals.withUnsafeBufferPointer { literals in
                        patterns.withUnsafeBufferPointer { patterns in
                            runs.withUnsafeBufferPointer { runs in
                                notification.body.withUnsafeBufferPointer { bytes in
                                    let slotCount = paths.slotCount
                                    return withUnsafeTemporaryAllocation(
                                        of: Value.self, capacity: memoCount + slotCount + 1
                                    ) { values in
                                        values.initialize(repeating: .unknown)
                                        var evaluator = Evaluator(
                                            program: self, instructions: instructions, memoCells: memoCells,
                                            lists: lists, literals: literals, patterns: patterns, runs: runs,
                                            body: bytes, values: values)
                                        return body(&evaluator)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
