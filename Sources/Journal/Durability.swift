/// What a commit outlives. A commit is what an acknowledgement to the broker waits for.
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// The machine losing power: SQLite's `synchronous=FULL`, one sync of the log a commit.
    case powerLoss = "power-loss"
    /// The process dying at any instant, but not the machine: `synchronous=NORMAL`.
    case processCrash = "process-crash"

    var synchronous: String {
        switch self {
        case .powerLoss: "FULL"
        case .processCrash: "NORMAL"
        }
    }
}
