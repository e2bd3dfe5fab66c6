/// What went wrong in the journal, and what to do about it.
public enum JournalError: Error, Sendable, Hashable {
    /// The folder cannot be created, read or written.
    case folderUnusable(folder: String, reason: String)
    /// Another process, or another `Journal` of this one, has the folder open.
    case folderLocked(folder: String, holder: String?)
    /// `journal.sqlite` is not a journal of this program.
    case notAJournal(path: String, reason: String)
    /// The journal was written by a version of this program that lays its bytes out differently.
    case unknownFormatVersion(path: String, found: Int, known: Int)
    /// More endpoints than a journal can tell apart at a time.
    case tooManyEndpoints(count: Int, maximum: Int)
    /// The endpoint is not registered, or no longer.
    case unknownEndpoint(EndpointName)
    /// The event was not handed to this endpoint, or is settled already.
    case unknownEvent(endpoint: EndpointName, offset: EventOffset)
    /// A batch that no row can hold.
    case batchTooLarge(bytes: Int, maximum: Int)
    /// SQLite refused. Nothing of the transaction was applied.
    case storage(StorageFault)
    /// The journal was closed.
    case closed

    /// An endpoint's name as text.
    public typealias EndpointName = String
}

/// A refusal of SQLite, with its own code.
public struct StorageFault: Sendable, Hashable {
    /// SQLite's extended result code.
    public let code: Int32
    /// What the journal was doing.
    public let operation: String
    /// SQLite's own words.
    public let message: String

    /// The primary result code: the lower eight bits.
    public var primaryCode: Int32 { code & 0xFF }

    /// What an operator can do about it.
    public var remedy: String {
        switch primaryCode {
        case 13: "free disk space; the journal goes on by itself"
        case 10: "look at the disk and the kernel log; the journal goes on if the next write succeeds"
        case 8, 14: "give the service user the right to write the data folder"
        case 11, 26: "the file is damaged: restart, which sets it aside and serves what can be read of it"
        case 5, 6: "stop the other program that has journal.sqlite open"
        default: "look up the SQLite result code"
        }
    }
}

extension JournalError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .folderUnusable(let folder, let reason):
            "data folder \(folder) cannot be used: \(reason); create it or choose another with `data:`"
        case .folderLocked(let folder, let holder):
            "data folder \(folder) is in use by \(holder.map { "process \($0)" } ?? "another process"); "
                + "stop that one or choose another folder with `data:`"
        case .notAJournal(let path, let reason):
            "\(path) is not a journal: \(reason); move it away or choose another folder with `data:`"
        case .unknownFormatVersion(let path, let found, let known):
            "\(path) has format version \(found), this program knows \(known); "
                + "use the program that wrote it, or another folder with `data:`"
        case .tooManyEndpoints(let count, let maximum):
            "\(count) endpoints, but a journal serves at most \(maximum) at a time; "
                + "remove some, or restart if some were removed just now"
        case .unknownEndpoint(let name):
            "endpoint \(name) is not registered with the journal"
        case .unknownEvent(let endpoint, let offset):
            "event \(offset) is not outstanding at endpoint \(endpoint)"
        case .batchTooLarge(let bytes, let maximum):
            "a batch of \(bytes) bytes is above the limit of \(maximum); split it"
        case .storage(let fault):
            "\(fault.operation) failed: \(fault.message) (SQLite \(fault.code)); \(fault.remedy)"
        case .closed:
            "the journal is closed"
        }
    }
}
