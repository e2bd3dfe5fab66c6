/// All paths of a program as one tree, so that one pass over a body finds them together.
struct PathTable: Sendable {
    struct Node: Sendable {
        var firstEdge: Int32 = 0
        var edgeCount: Int32 = 0
        /// Where the value goes; -1: nobody asks for this value itself.
        var slot: Int32 = -1
        /// Slots at and below this node: a range of ``PathTable/slotsBelow``.
        var firstSlotBelow: Int32 = 0
        var slotsBelowCount: Int32 = 0
        /// A `[*]` is on the way here: values add up instead of replacing each other.
        var isMany = false
        var hasOperations = false
    }

    struct Edge: Sendable {
        enum Kind: UInt8, Sendable { case member, index, any, operation }

        var kind: Kind
        /// Length and first byte of the name: most names differ in these.
        var tag: UInt32 = 0
        /// Place of the name in ``PathTable/names``, or the index.
        var offset: Int32 = 0
        var count: Int32 = 0
        var target: Int32
    }

    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []
    private(set) var names: [UInt8] = []
    private(set) var slotsBelow: [Int32] = []
    /// By slot: the path has `[*]`.
    private(set) var isMany: [Bool] = []
    /// Node where `$patch` begins when the body itself is the patch; -1 where no path needs it.
    private(set) var patchNode: Int32 = -1

    var slotCount: Int { isMany.count }

    /// `paths` in the order of their slots.
    init(_ paths: [BodyPath]) {
        guard !paths.isEmpty else { return }
        isMany = paths.map(\.isMany)
        let root = Branch()
        for (slot, path) in paths.enumerated() {
            var branch = root
            // `$patch` is the member `patch` of the body; the scanner adds the other form.
            if path.root == .patch {
                branch = branch.child(.patchList)
            }
            for step in path.steps { branch = branch.child(.step(step)) }
            branch.slot = Int32(slot)
        }
        _ = add(root, isMany: false)
    }

    @inline(__always)
    static func tag(count: Int, first: UInt8) -> UInt32 {
        UInt32(truncatingIfNeeded: count) << 8 | UInt32(first)
    }

    private mutating func add(_ branch: Branch, isMany: Bool) -> (index: Int32, slots: [Int32]) {
        let index = nodes.count
        nodes.append(Node(slot: branch.slot, isMany: isMany))
        var slots = branch.slot >= 0 ? [branch.slot] : []
        // Edges of a node lie side by side, so room is made before the children add theirs.
        let firstEdge = edges.count
        for key in branch.order { edges.append(edge(key)) }
        for (offset, key) in branch.order.enumerated() {
            guard let child = branch.children[key] else { continue }
            let added = add(child, isMany: isMany || key == .step(.any))
            edges[firstEdge + offset].target = added.index
            slots += added.slots
            if key == .patchList { patchNode = added.index }
        }
        nodes[index].firstEdge = Int32(firstEdge)
        nodes[index].edgeCount = Int32(branch.order.count)
        nodes[index].hasOperations = branch.order.contains(where: \.isOperation)
        nodes[index].firstSlotBelow = Int32(slotsBelow.count)
        nodes[index].slotsBelowCount = Int32(slots.count)
        slotsBelow += slots
        return (Int32(index), slots)
    }

    private mutating func edge(_ key: Branch.Key) -> Edge {
        switch key {
        case .patchList: named(.member, Array("patch".utf8))
        case .step(.member(let name)): named(.member, name)
        case .step(.operation(let path)): named(.operation, path)
        case .step(.index(let index)): Edge(kind: .index, offset: index, target: 0)
        case .step(.any): Edge(kind: .any, target: 0)
        }
    }

    private mutating func named(_ kind: Edge.Kind, _ name: [UInt8]) -> Edge {
        defer { names += name }
        return Edge(
            kind: kind, tag: Self.tag(count: name.count, first: name.first ?? 0), offset: Int32(names.count),
            count: Int32(name.count), target: 0)
    }

    /// The tree while it is built.
    private final class Branch {
        enum Key: Hashable {
            case step(BodyPath.Step)
            case patchList

            var isOperation: Bool {
                if case .step(.operation) = self { true } else { false }
            }
        }

        var slot: Int32 = -1
        var order: [Key] = []
        var children: [Key: Branch] = [:]

        func child(_ key: Key) -> Branch {
            if let found = children[key] { return found }
            let made = Branch()
            children[key] = made
            order.append(key)
            return made
        }
    }
}
