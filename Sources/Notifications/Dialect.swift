/// Which generation of the service's vocabulary notifications are written in.
public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// As the seeds have it: `Edge` in the types of edge notifications.
    case preview
    /// As the service has it since it became generally available: `Relationship` (reference 1.1–1.4).
    case ga
}
