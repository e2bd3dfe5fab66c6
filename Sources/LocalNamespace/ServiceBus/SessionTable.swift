/// Sessions of a queue: what of each may be delivered, who holds it, and its state.
struct SessionTable {
    private struct Session {
        var available = SequenceSet()
        var holder: Int?
        var lockedUntil: Milliseconds?
        var state: [UInt8]?

        var isNothing: Bool { available.isEmpty && holder == nil && state == nil }
    }

    private var sessions: [String: Session] = [:]
    /// Sessions whose state a file has to be told of.
    private(set) var changedStates: Set<String> = []
    private let notesChanges: Bool

    init(notesChanges: Bool = false) {
        self.notesChanges = notesChanges
    }

    mutating func forgetChanges() { changedStates = [] }

    var count: Int { sessions.count }

    private mutating func change(_ id: String, _ body: (inout Session) -> Void) {
        body(&sessions[id, default: Session()])
        if sessions[id]?.isNothing == true { sessions[id] = nil }
    }

    mutating func add(_ sequence: Int64, to id: String) { change(id) { $0.available.insert(sequence) } }

    mutating func remove(_ sequence: Int64, from id: String) { change(id) { $0.available.remove(sequence) } }

    mutating func popFirst(of id: String) -> Int64? {
        var first: Int64?
        change(id) { first = $0.available.popFirst() }
        return first
    }

    /// The session that has waited longest among those nobody holds; nil where none has messages.
    func nextFree(at now: Milliseconds) -> String? {
        sessions.filter { !$0.value.available.isEmpty && !isHeld($0.value, at: now) }
            .min { ($0.value.available.first ?? 0) < ($1.value.available.first ?? 0) }?.key
    }

    private func isHeld(_ session: Session, at now: Milliseconds) -> Bool {
        session.holder != nil && session.lockedUntil.map { $0 > now } ?? false
    }

    /// False where somebody else holds it.
    mutating func hold(_ id: String, by receiver: Int, until: Milliseconds, at now: Milliseconds) -> Bool {
        if let session = sessions[id], isHeld(session, at: now) { return false }
        change(id) {
            $0.holder = receiver
            $0.lockedUntil = until
        }
        return true
    }

    func holder(of id: String, at now: Milliseconds) -> Int? {
        guard let session = sessions[id], isHeld(session, at: now) else { return nil }
        return session.holder
    }

    func lockedUntil(_ id: String) -> Milliseconds? { sessions[id]?.lockedUntil }

    /// The new end; nil where nobody holds the session any more.
    mutating func renew(_ id: String, until: Milliseconds, at now: Milliseconds) -> Milliseconds? {
        guard holder(of: id, at: now) != nil else { return nil }
        change(id) { $0.lockedUntil = until }
        return until
    }

    mutating func release(_ id: String) {
        change(id) {
            $0.holder = nil
            $0.lockedUntil = nil
        }
    }

    func state(of id: String) -> [UInt8]? { sessions[id]?.state }

    /// Nil takes the state away.
    mutating func setState(_ state: [UInt8]?, of id: String) {
        change(id) { $0.state = state }
        if notesChanges { changedStates.insert(id) }
    }

    /// Sessions that have messages or state, in order of their ids.
    var ids: [String] { sessions.keys.sorted() }
}
