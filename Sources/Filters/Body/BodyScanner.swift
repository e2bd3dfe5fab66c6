/// One pass over a JSON body: checks all of it, and keeps the values that some path asks for.
///
/// Rules: RFC 8259; of members with the same name the last counts; strings must be UTF-8; an
/// unpaired surrogate escape reads as U+FFFD. A body with a fault anywhere has no fields at all, so
/// that a verdict does not depend on how far a scan went.
struct BodyScanner {
    /// A value of a `[*]` path, chained to the next one.
    struct Capture {
        var value: Value
        var next: UInt32
    }

    static let noCapture = UInt32.max

    let bytes: UnsafePointer<UInt8>
    let count: Int
    let nodes: UnsafePointer<PathTable.Node>
    let edges: UnsafePointer<PathTable.Edge>
    let names: UnsafePointer<UInt8>
    let slotsBelow: UnsafePointer<Int32>
    let slots: UnsafeMutablePointer<Value>
    /// Stack of the nodes that the value at hand may stand for. Never holds a node twice.
    let active: UnsafeMutablePointer<Int32>
    let patchNode: Int32

    var position = 0
    var captures: [Capture] = []
    /// Strings with escapes, unescaped.
    var scratch: [UInt8]
    var fault: BodyFault?

    mutating func run() {
        guard count <= Int(UInt32.max) - 1 else {
            _ = fail(.tooLong)
            return
        }
        skipBlanks()
        var high = 0
        active[0] = 0
        high = 1
        if patchNode >= 0, position < count, bytes[position] == UInt8(ascii: "[") {
            active[1] = patchNode
            high = 2
        }
        guard value(0, high, 0) else { return }
        skipBlanks()
        if position < count { _ = fail(.trailingBytes) }
    }

    // MARK: Values

    /// The value at ``position``, which stands for the nodes `active[low..<high]`.
    private mutating func value(_ low: Int, _ high: Int, _ depth: Int) -> Bool {
        if low == high { return skip(depth) }
        guard position < count else { return fail(.unexpectedEnd) }
        switch bytes[position] {
        case UInt8(ascii: "\""):
            guard let string = string() else { return false }
            capture(text(string), low, high)
            return true
        case UInt8(ascii: "{"):
            capture(Value(kind: .object), low, high)
            return object(low, high, depth)
        case UInt8(ascii: "["):
            capture(Value(kind: .array), low, high)
            return array(low, high, depth)
        default:
            guard let scalar = scalar() else { return false }
            capture(scalar, low, high)
            return true
        }
    }

    private mutating func object(_ low: Int, _ high: Int, _ depth: Int) -> Bool {
        guard depth < FilterLimits.bodyDepth else { return fail(.tooDeep) }
        position += 1
        skipBlanks()
        if position < count, bytes[position] == UInt8(ascii: "}") {
            position += 1
            return true
        }
        while true {
            guard let name = string(), colon() else { return false }
            let top = matchMembers(name, low, high)
            guard value(high, top, depth + 1) else { return false }
            guard let goesOn = separator(UInt8(ascii: "}")) else { return false }
            if !goesOn { return true }
        }
    }

    private mutating func array(_ low: Int, _ high: Int, _ depth: Int) -> Bool {
        guard depth < FilterLimits.bodyDepth else { return fail(.tooDeep) }
        position += 1
        skipBlanks()
        if position < count, bytes[position] == UInt8(ascii: "]") {
            position += 1
            return true
        }
        var index: Int32 = 0
        while true {
            let top = matchElement(index, low, high, depth)
            guard value(high, top, depth + 1) else { return false }
            guard let goesOn = separator(UInt8(ascii: "]")) else { return false }
            if !goesOn { return true }
            index &+= 1
        }
    }

    /// Passes over a value that no path asks for, checking it.
    private mutating func skip(_ depth: Int) -> Bool {
        guard position < count else { return fail(.unexpectedEnd) }
        let opening = bytes[position]
        if opening == UInt8(ascii: "\"") { return string() != nil }
        guard opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[") else { return scalar() != nil }
        guard depth < FilterLimits.bodyDepth else { return fail(.tooDeep) }
        let closing = opening + 2
        position += 1
        skipBlanks()
        if position < count, bytes[position] == closing {
            position += 1
            return true
        }
        while true {
            if opening == UInt8(ascii: "{") {
                guard string() != nil, colon() else { return false }
            }
            guard skip(depth + 1) else { return false }
            guard let goesOn = separator(closing) else { return false }
            if !goesOn { return true }
        }
    }

    // MARK: Paths

    /// Puts the nodes that this member leads to on the stack above `high`; returns its new top.
    @inline(__always)
    private mutating func matchMembers(_ name: JSONString, _ low: Int, _ high: Int) -> Int {
        var top = high
        let unescaped = name.hasEscapes ? unescape(name) : nil
        let start = unescaped?.offset ?? name.start
        let length = unescaped?.count ?? (name.end - name.start)
        for level in low..<high {
            let node = nodes[Int(active[level])]
            guard node.edgeCount > 0 else { continue }
            let first: UInt8 = length == 0 ? 0 : unescaped == nil ? bytes[start] : scratch[start]
            let tag = PathTable.tag(count: length, first: first)
            for edge in Int(node.firstEdge)..<Int(node.firstEdge + node.edgeCount)
            where edges[edge].tag == tag && edges[edge].kind == .member && Int(edges[edge].count) == length {
                let wanted = UnsafeBufferPointer(start: names + Int(edges[edge].offset), count: length)
                let isEqual =
                    unescaped == nil
                    ? hasBytes(UnsafeBufferPointer(start: bytes + start, count: length), at: 0, wanted)
                    : scratch[start..<start + length].elementsEqual(wanted)
                if isEqual { push(edges[edge].target, &top) }
            }
        }
        return top
    }

    @inline(__always)
    private mutating func push(_ target: Int32, _ top: inout Int) {
        active[top] = target
        top += 1
        let node = nodes[Int(target)]
        if node.isMany { return }
        // The last member of a name counts: forget what an earlier one held.
        for below in Int(node.firstSlotBelow)..<Int(node.firstSlotBelow + node.slotsBelowCount) {
            reset(Int(slotsBelow[below]))
        }
    }

    @inline(__always)
    private func reset(_ slot: Int) {
        if slots[slot].kind == .many {
            slots[slot].payload = .max
        } else {
            slots[slot] = .absent
        }
    }

    private mutating func matchElement(_ index: Int32, _ low: Int, _ high: Int, _ depth: Int) -> Int {
        var top = high
        var path: Value?
        for level in low..<high {
            let node = nodes[Int(active[level])]
            if node.hasOperations, path == nil { path = operationPath(depth) }
            for number in Int(node.firstEdge)..<Int(node.firstEdge + node.edgeCount) {
                let edge = edges[number]
                switch edge.kind {
                case .member: continue
                case .index: if edge.offset == index { push(edge.target, &top) }
                case .any: push(edge.target, &top)
                case .operation: if let path, isName(edge, path) { push(edge.target, &top) }
                }
            }
        }
        return top
    }

    private func isName(_ edge: PathTable.Edge, _ text: Value) -> Bool {
        guard text.isText, text.count == Int(edge.count) else { return false }
        let name = UnsafeBufferPointer(start: names + Int(edge.offset), count: Int(edge.count))
        if text.kind == .bodyText {
            return hasBytes(UnsafeBufferPointer(start: bytes + text.offset, count: text.count), at: 0, name)
        }
        return scratch[text.offset..<text.offset + text.count].elementsEqual(name)
    }

    /// The `path` of the patch operation that begins here, wherever in the object it stands.
    private mutating func operationPath(_ depth: Int) -> Value {
        let start = position
        defer {
            position = start
            fault = nil
        }
        guard position < count, bytes[position] == UInt8(ascii: "{") else { return .absent }
        position += 1
        skipBlanks()
        var path = Value.absent
        while position < count, bytes[position] == UInt8(ascii: "\"") {
            guard let name = string(), colon() else { return .absent }
            if name.end - name.start == 4, !name.hasEscapes, bytes[name.start] == UInt8(ascii: "p"),
                bytes[name.start + 1] == UInt8(ascii: "a"), bytes[name.start + 2] == UInt8(ascii: "t"),
                bytes[name.start + 3] == UInt8(ascii: "h"), position < count, bytes[position] == UInt8(ascii: "\"") {
                guard let string = string() else { return .absent }
                path = text(string)
            } else if !skip(depth + 2) {
                return .absent
            }
            guard separator(UInt8(ascii: "}")) == true else { return path }
        }
        return path
    }

    private mutating func capture(_ value: Value, _ low: Int, _ high: Int) {
        for level in low..<high {
            let slot = Int(nodes[Int(active[level])].slot)
            guard slot >= 0 else { continue }
            guard slots[slot].kind == .many else {
                slots[slot] = value
                continue
            }
            let new = UInt32(truncatingIfNeeded: captures.count)
            captures.append(Capture(value: value, next: Self.noCapture))
            let last = UInt32(truncatingIfNeeded: slots[slot].payload)
            if last == Self.noCapture {
                slots[slot].payload = UInt64(new) << 32 | UInt64(new)
            } else {
                captures[Int(last)].next = new
                slots[slot].payload = slots[slot].payload & 0xFFFF_FFFF_0000_0000 | UInt64(new)
            }
        }
    }

    // MARK: Between values

    @inline(__always)
    mutating func skipBlanks() {
        while position < count, isBlank(bytes[position]) { position += 1 }
    }

    private mutating func colon() -> Bool {
        skipBlanks()
        guard position < count else { return fail(.unexpectedEnd) }
        guard bytes[position] == UInt8(ascii: ":") else { return fail(.unexpectedByte) }
        position += 1
        skipBlanks()
        return true
    }

    /// True after a comma, false after the closing bracket, nil on a fault.
    @inline(__always)
    private mutating func separator(_ closing: UInt8) -> Bool? {
        skipBlanks()
        guard position < count else {
            _ = fail(.unexpectedEnd)
            return nil
        }
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: ",") {
            skipBlanks()
            return true
        }
        if byte == closing { return false }
        position -= 1
        _ = fail(.unexpectedByte)
        return nil
    }

    mutating func fail(_ reason: BodyFault.Reason) -> Bool {
        if fault == nil { fault = BodyFault(reason: reason, offset: position) }
        return false
    }
}
