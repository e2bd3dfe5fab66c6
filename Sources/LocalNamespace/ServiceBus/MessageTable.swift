/// A queue's messages by sequence number; notes which of them a file has to be told of.
struct MessageTable {
    private var messages: [Int64: QueuedMessage] = [:]
    /// Those that came, went, or changed in what outlives the process.
    private(set) var changed: Set<Int64> = []
    /// Off where nobody asks: the notes would pile up.
    let notesChanges: Bool

    init(notesChanges: Bool) {
        self.notesChanges = notesChanges
    }

    var count: Int { messages.count }
    var values: Dictionary<Int64, QueuedMessage>.Values { messages.values }

    subscript(sequence: Int64) -> QueuedMessage? {
        get { messages[sequence] }
        set {
            if notesChanges, newValue?.storedFields != messages[sequence]?.storedFields { changed.insert(sequence) }
            messages[sequence] = newValue
        }
    }

    mutating func removeValue(forKey sequence: Int64) -> QueuedMessage? {
        guard let message = messages.removeValue(forKey: sequence) else { return nil }
        if notesChanges { changed.insert(sequence) }
        return message
    }

    mutating func forgetChanges() { changed = [] }
}
