import Notifications

/// The limits that the operator set.
struct LimitSettings: Sendable {
    var endpoints: [EndpointID: BacklogLimits] = [:]
    var minimumFreeBytes: Int64?
    /// What was free when it was last looked up, on the journal's clock.
    var available: (bytes: Int64, at: Int64)?
    /// When it was last said that events of an endpoint leave.
    var reported: [EndpointID: Int64] = [:]

    /// How long a look at the disk is good for, in milliseconds.
    static let freeSpaceInterval: Int64 = 100
    /// How often the log says that events leave, in milliseconds.
    static let reportInterval: Int64 = 60_000

    var isEmpty: Bool { endpoints.isEmpty && minimumFreeBytes == nil }
}
