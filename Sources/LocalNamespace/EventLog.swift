/// What an entity holds: messages in the order they came, bounded by bytes.
///
/// At the limit the oldest go, as an event hub's retention has it; they are counted.
struct EventLog {
    private var messages: ArraySlice<[UInt8]> = []
    /// Position of the oldest message that is still here; positions count up from 0.
    private(set) var firstPosition = 0
    private(set) var bytes = 0
    /// Messages that the limit pushed out.
    private(set) var expired = 0
    let byteLimit: Int

    /// What a message costs beside its own bytes.
    static let overheadBytes = 64

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    var count: Int { messages.count }
    /// The position that the next message will have.
    var endPosition: Int { firstPosition + messages.count }

    mutating func append(_ message: [UInt8]) {
        messages.append(message)
        bytes += message.count + Self.overheadBytes
        while bytes > byteLimit, messages.count > 1 {
            bytes -= messages.removeFirst().count + Self.overheadBytes
            firstPosition += 1
            expired += 1
        }
        // A slice keeps its whole array alive; begin anew when most of it is behind us.
        if messages.startIndex > 1024, messages.startIndex > messages.count {
            messages = ArraySlice(Array(messages))
        }
    }

    /// The message at `position`, or the oldest one after it that is still here; `nil` at the end.
    func message(atOrAfter position: Int) -> (position: Int, bytes: [UInt8])? {
        let found = max(position, firstPosition)
        guard found < endPosition else { return nil }
        return (found, messages[messages.startIndex + (found - firstPosition)])
    }
}
