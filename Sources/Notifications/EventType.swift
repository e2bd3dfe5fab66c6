/// The notification types of the seeds, apart from the name of the service that writes them.
public enum EventType: String, Sendable, Hashable, CaseIterable {
    case telemetry
    case twinCreate, twinUpdate, twinDelete
    case twinProxyCreate, twinProxyDelete, twinProxyAttach, twinProxyDetach
    case edgeCreate, edgeUpdate, edgeDelete
    case modelUpload, modelReload, modelPatch, modelDecom, modelDelete

    /// The type of telemetry: lower case, and without the service name (reference 1.1).
    public static let telemetryName = "microsoft.iot.telemetry"
}
