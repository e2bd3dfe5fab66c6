/// Values of `modelstatus`, which only an IoT hub sends (seeds, twin type change notifications).
public enum ModelStatus: String, Sendable, Hashable, CaseIterable {
    case successful = "Successful"
    case notFound = "NotFound"
    case failed = "Failed"

    public static let attributeName = "modelstatus"
}

/// Values of `updatereason`, which only an IoT hub sends.
public enum UpdateReason: String, Sendable, Hashable, CaseIterable {
    case create = "Create"
    case reset = "Reset"
    case override = "Override"

    public static let attributeName = "updatereason"
}
