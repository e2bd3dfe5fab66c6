/// The notification types of the seeds, apart from the name of the service that writes them.
public enum EventType: String, Sendable, Hashable, CaseIterable {
    case telemetry
    case twinCreate, twinUpdate, twinDelete
    case twinProxyCreate, twinProxyDelete, twinProxyAttach, twinProxyDetach
    case edgeCreate, edgeUpdate, edgeDelete
    case modelUpload, modelReload, modelPatch, modelDecom, modelDelete

    /// The type of telemetry: lower case, and without the service name (reference 1.1).
    public static let telemetryName = "microsoft.iot.telemetry"
    /// What stands for `<Service RP>` where the configuration does not say.
    public static let defaultServiceName = "DigitalTwins"
}

extension EventType {
    /// The value of the attribute `type`: `Microsoft.<Service RP>.Twin.Create` and the like.
    ///
    /// The dialects differ in one word: the preview's `Edge` is `Relationship` in `ga`. Twin proxies
    /// and models, which `ga` does not have, keep their preview names there.
    public func name(in dialect: Dialect, serviceName: String = EventType.defaultServiceName) -> String {
        guard let path = path(in: dialect) else { return Self.telemetryName }
        return "Microsoft.\(serviceName).\(path)"
    }

    /// The type that a name stands for, in either dialect; nil for any other name, and for the
    /// name of another service. Upper and lower case are the same, for the seeds' own examples mix
    /// them (`microsoft.digitaltwins.twin.create`).
    public init?(name: String, serviceName: String = EventType.defaultServiceName) {
        let name = name.lowercased()
        let match = Self.allCases.first { type in
            Dialect.allCases.contains { type.name(in: $0, serviceName: serviceName).lowercased() == name }
        }
        guard let match else { return nil }
        self = match
    }

    private func path(in dialect: Dialect) -> String? {
        let edge = dialect == .ga ? "Relationship" : "Edge"
        return switch self {
        case .telemetry: nil
        case .twinCreate: "Twin.Create"
        case .twinUpdate: "Twin.Update"
        case .twinDelete: "Twin.Delete"
        case .twinProxyCreate: "TwinProxy.Create"
        case .twinProxyDelete: "TwinProxy.Delete"
        case .twinProxyAttach: "TwinProxy.Attach"
        case .twinProxyDetach: "TwinProxy.Detach"
        case .edgeCreate: "\(edge).Create"
        case .edgeUpdate: "\(edge).Update"
        case .edgeDelete: "\(edge).Delete"
        case .modelUpload: "Model.Upload"
        case .modelReload: "Model.Reload"
        case .modelPatch: "Model.Patch"
        case .modelDecom: "Model.Decom"
        case .modelDelete: "Model.Delete"
        }
    }
}
